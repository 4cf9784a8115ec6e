//! When a server wants to be asked again (`Retry-After`, RFC 9110 §10.2.3).

use std::time::UNIX_EPOCH;

use faam_spec::time::Timestamp;
use ureq::http::{HeaderMap, header};

/// How many seconds an answer asks to be left alone; none if it does not say, or says it more than once or in no way that is known.
pub(super) fn pause(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let mut named = headers.get_all(header::RETRY_AFTER).iter();
    let (Some(value), None) = (named.next(), named.next()) else { return None };
    let text = value.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than a number holds is more than anybody waits for.
        return Some(text.parse().unwrap_or(i64::MAX));
    }
    let date = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(i64::try_from(date.as_secs()).ok()?.saturating_sub(now.seconds()).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_a_number_or_a_date() {
        let now = Timestamp::new(784_111_777).unwrap();
        let named = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::RETRY_AFTER, value.parse().unwrap());
            }
            pause(&headers, now)
        };
        assert_eq!(named(&["120"]), Some(120));
        assert_eq!(named(&[" 0 "]), Some(0));
        assert_eq!(named(&["99999999999999999999999999"]), Some(i64::MAX));
        assert_eq!(named(&["Sun, 06 Nov 1994 08:50:37 GMT"]), Some(60));
        assert_eq!(named(&["Sunday, 06-Nov-94 08:50:37 GMT"]), Some(60));
        assert_eq!(named(&["Sat, 05 Nov 1994 08:50:37 GMT"]), Some(0), "it is over");
        for none in
            [&[][..], &[""], &["-5"], &["1.5"], &["+5"], &["soon"], &["1 h"], &["5", "5"], &["Sun, 06 Nov"]]
        {
            assert_eq!(named(none), None, "{none:?}");
        }
    }
}
