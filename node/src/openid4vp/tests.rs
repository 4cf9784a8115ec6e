use super::*;

//= spec/text/openid4vp.md#REQ-VP-23
//= type=test
//# 32 calls and 4 answers at once
#[test]
fn a46_what_is_worked_on_for_the_web_is_bounded() {
    assert_eq!((MAX_CALLS, MAX_ANSWERS, CALL_TIMEOUT), (32, 4, Duration::from_secs(30)));
    assert_eq!(MAX_ANSWERS * MAX_POSTED_BYTES, 24 << 20, "all that is read of answers at once");
}

#[tokio::test]
async fn a46_calls_over_the_bound_are_refused_at_once() {
    let core = CoreHandle::that_never_answers();
    let web = Arc::new(Web {
        core,
        calls: Semaphore::new(1),
        answers: Semaphore::new(1),
        answering: Mutex::default(),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let _ = axum::serve(Bounded::new(listener), router(web, "/vp")).await;
    });
    let call = |path: &'static str| async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let known = "/vp/request/uAAAAAAAAAAAAAAAAAAAAAA";
    let first = tokio::spawn(call(known));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let second = call(known).await;
    assert!(second.starts_with("HTTP/1.1 503 ") && second.contains("\"net.busy\""), "{second}");
    first.abort();
    served.abort();
}

//= spec/text/openid4vp.md#REQ-VP-23
//= type=test
//# of one request one at once
#[tokio::test]
async fn a46_one_link_takes_one_place_of_those_that_answer() {
    let core = CoreHandle::that_never_answers();
    let web = Web { core, calls: Semaphore::new(1), answers: Semaphore::new(1), answering: Mutex::default() };
    let (one, other) = (Capability::from_bytes([1; 16]), Capability::from_bytes([2; 16]));
    let first = Answering::take(&web, one).unwrap();
    assert!(Answering::take(&web, one).is_none());
    assert!(Answering::take(&web, one).is_none(), "a refusal gives no place back");
    assert!(Answering::take(&web, other).is_some());
    drop(first);
    assert!(Answering::take(&web, one).is_some());
}
