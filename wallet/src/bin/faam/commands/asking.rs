//! What `faam ask`, `faam asks` and `faam listen` have in common: questions in a line, decisions in words, and taking answers.

use faam_spec::decision::Outcome;
use faam_spec::hash::Hash;
use faam_spec::limits::{MAX_NAME_BYTES, MAX_PURPOSE_BYTES};
use faam_spec::name::safe_json;
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use faam_spec::words::Lang;
use faam_wallet::ask::desk::{Desk, DeskEvent};
use faam_wallet::ask::host::{HostEvent, Hosting};
use faam_wallet::text::{bullet, foreign, wrap};
use faam_wallet::vault::{AskEnd, AskState, KeptAsk, KeptDecision};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::ask::PATIENCE;
use super::data;
use crate::shell::{Shell, print};

/// A question in a list.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    ask: u64,
    state: &'static str,
    request: Hash,
    made: Timestamp,
    expires: Timestamp,
    policy: Option<String>,
    purpose: String,
    retention_days: u32,
    recognisable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_by: Option<Timestamp>,
}

/// How a question stands, in one word.
pub(super) fn state(ask: &KeptAsk, now: Timestamp) -> &'static str {
    match &ask.state {
        AskState::Open if ask.is_open(now) => "open",
        AskState::Open | AskState::Ended { how: AskEnd::Expired, .. } => "expired",
        AskState::Ended { how: AskEnd::Revoked, .. } => "revoked",
        AskState::Ended { how: AskEnd::Restored, .. } => "restored",
        AskState::Decided(_) => "decided",
    }
}

pub(super) fn row(ask: &KeptAsk, now: Timestamp) -> Row {
    let kept = match &ask.state {
        AskState::Decided(kept) => Some(kept),
        _ => None,
    };
    Row {
        ask: ask.number,
        state: state(ask, now),
        request: ask.request,
        made: ask.made,
        expires: ask.expires,
        policy: ask.policy_name.clone(),
        purpose: ask.purpose.clone(),
        retention_days: ask.retention_days,
        recognisable: ask.asked_as == faam_wallet::vault::AskedAs::Persona,
        outcome: kept.map(|kept| kept.decision.outcome),
        delete_by: kept.map(|kept| kept.delete_by),
    }
}

/// A question and how it stands, in a line for people.
pub(super) fn line(shell: &Shell, ask: &KeptAsk) -> String {
    let now = shell.now();
    let stands = match &ask.state {
        AskState::Decided(kept) => format!(
            "answered, and {}; deleted by {}",
            faam_wallet::vault::decided_words(kept.decision.outcome),
            shell.local(kept.delete_by)
        ),
        _ => match state(ask, now) {
            "open" => format!("open until {}", shell.local(ask.expires)),
            "revoked" => "taken back".to_owned(),
            "restored" => "over, because the wallet was restored from a backup".to_owned(),
            _ => format!("not answered by {}", shell.local(ask.expires)),
        },
    };
    let policy = ask.policy_name.as_ref().map(|name| format!(" by “{}”", foreign(name, MAX_NAME_BYTES)));
    let text = format!(
        "{stands}. Asked {}{} for “{}”.",
        shell.local(ask.made),
        policy.unwrap_or_default(),
        foreign(&ask.purpose, MAX_PURPOSE_BYTES)
    );
    bullet(&format!("{:>4}.", ask.number), &text, shell.width, 0)
}

/// The decision in sentences, and until when it is kept.
pub(super) fn decision_text(shell: &Shell, ask: &KeptAsk, kept: &KeptDecision, lang: Lang) -> String {
    let hint = match lang {
        Lang::Nl => kept.hint_nl.as_deref(),
        _ => kept.hint.as_deref(),
    };
    let said = faam_verifier::explain_in(&kept.decision, hint, lang);
    let lines = said.lines().map(|line| {
        let indent = line.len() - line.trim_start().len();
        wrap(&foreign(line.trim(), usize::MAX), shell.width, indent)
    });
    let mut lines: Vec<String> = lines.collect();
    let by = shell.local(kept.delete_by);
    lines.push(String::new());
    let end = match lang {
        Lang::Nl => format!(
            "Vraag {}: dit wordt hier uiterlijk {by} gewist, zoals u beloofd hebt; zij hebben een bewijs van ontvangst waarin dat staat.",
            ask.number
        ),
        _ => format!(
            "Question {}: this is deleted here by {by}, as you promised; they have a receipt that says so.",
            ask.number
        ),
    };
    lines.push(wrap(&end, shell.width, 0));
    lines.join("\n")
}

/// One line of a command that goes on: an envelope for programs, text for people.
pub(super) fn tell_line(shell: &Shell, data: Value, text: &str) {
    if !shell.json {
        return print(text);
    }
    let mut envelope = Map::new();
    for (name, value) in [("v", json!(0)), ("command", json!(shell.command)), ("ok", json!(true))] {
        envelope.insert(name.into(), value);
    }
    envelope.insert("exit".into(), json!(0));
    envelope.insert("data".into(), data);
    print(&safe_json(&Value::Object(envelope).to_string()));
}

/// What `faam listen` needs to take answers, on a thread of its own.
pub(super) struct Answers<'a> {
    pub(super) shell: &'a Shell,
    pub(super) passphrase: Zeroizing<Vec<u8>>,
    pub(super) runtime: Handle,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) lang: Lang,
}

/// Takes answers to all open questions until it is told to end.
pub(super) fn take_answers(answers: Answers<'_>) {
    let Answers { shell, passphrase, runtime, stop, lang } = answers;
    let mut hosting = Hosting::new(Desk::new(&shell.home, passphrase, PATIENCE));
    let mut unreadable = None;
    let mut tell = |desk: &Desk, event: HostEvent| {
        match event {
            HostEvent::NoVault { code: Reason::StoreInUse } | HostEvent::Desk(DeskEvent::Fetched { .. }) => {}
            // Said once, and again when it was well in between.
            HostEvent::NoVault { code } if unreadable == Some(code) => {}
            HostEvent::NoVault { code } => {
                unreadable = Some(code);
                let text = format!("Answers cannot be taken now: {} ({})", code.sentence(), code.code());
                tell_line(shell, json!({"event": "answers_failed", "code": code}), &text);
            }
            HostEvent::Looked => unreadable = None,
            // One that was answered is on line for whoever lost the reply, and that is nobody's news.
            HostEvent::Ready { ask, .. } if !desk.ask(ask).is_some_and(|ask| ask.is_open(shell.now())) => {}
            HostEvent::Ready { ask, addresses } => {
                let at: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                let text = format!("Question {ask} can be answered at {}.", at.join(", "));
                let text = wrap(&text, shell.width, 0);
                tell_line(shell, json!({"event": "ask_ready", "ask": ask, "addresses": at}), &text);
            }
            HostEvent::NotReady { ask, why } => {
                let why = foreign(&why, 300);
                let text = format!("Question {ask} cannot be answered now: {why}");
                tell_line(
                    shell,
                    json!({"event": "ask_not_ready", "ask": ask, "what": why}),
                    &wrap(&text, shell.width, 0),
                );
            }
            HostEvent::Desk(DeskEvent::NotJudged { ask, code }) => {
                let text = format!(
                    "An answer to question {ask} came and could not be judged: {} ({}). They were told to try again.",
                    code.sentence(),
                    code.code()
                );
                let event = json!({"event": "ask_not_judged", "ask": ask, "code": code});
                tell_line(shell, event, &wrap(&text, shell.width, 0));
            }
            HostEvent::Desk(DeskEvent::Decided(ask)) => {
                if let AskState::Decided(kept) = &ask.state {
                    let told = data(&row(&ask, shell.now())).unwrap_or(Value::Null);
                    let decision = data(&kept.decision).unwrap_or(Value::Null);
                    let event = json!({"event": "ask_decided", "ask": told, "decision": decision});
                    tell_line(shell, event, &decision_text(shell, &ask, kept, lang));
                }
            }
        }
        false
    };
    runtime.block_on(hosting.run(stop, &|| shell.now(), &mut tell));
}
