//! The passport as text: figures beside every bar, nothing told by colour.

use faam_spec::scale::Scale;

use super::{Band, Changed, MarketPage, Passport, RolePage, SECRETS_LOST, bind_anew};
use crate::text::{bar, bullet, count, pad, percent, wrap};

/// Widest bar, in columns.
const BAR: usize = 30;

pub(super) fn text(passport: &Passport, width: usize) -> String {
    if passport.markets.is_empty() && passport.evidence.is_empty() {
        return wrap(
            "You hold no ratings yet. Ask a market for an offer, then run: faam receive LINK --code CODE",
            width,
            0,
        );
    }
    let mut pages: Vec<String> = passport.markets.iter().map(|page| market(page, width)).collect();
    if !passport.evidence.is_empty() {
        pages.push(super::evidence::text(&passport.evidence, width));
    }
    pages.join("\n\n")
}

fn market(page: &MarketPage, width: usize) -> String {
    let mut out = vec![title(page, width)];
    let all = &page.numbers;
    let head = match all.total.all.ratings {
        0 => "No ratings yet.".to_owned(),
        ratings => format!("{} from {}.", count(ratings, "rating"), people(all.total.all.counterparties)),
    };
    out.push(wrap(&head, width, 0));
    for page in &page.roles {
        out.push(String::new());
        out.extend(role(page, width));
    }
    out.push(String::new());
    let marks = [("withdrawn", all.withdrawn), ("corrected", all.corrected), ("disputed", all.disputed)];
    let marks: Vec<String> = marks.iter().map(|(name, number)| format!("{number} {name}")).collect();
    out.push(bullet("Also counted:", &marks.join(", "), width, 0));
    if page.flagged > 0 {
        let text = format!("{} corrected or withdrawn since, counted so from the next epoch", page.flagged);
        out.push(bullet("Note:", &text, width, 0));
    }
    out.push(bullet("Market says:", &freshness(page), width, 0));
    out.push(bullet("Yours since:", &format!("{} (bound to this wallet)", page.bound), width, 0));
    if let Some(private) = &page.private {
        let roles: Vec<&str> = private.roles.iter().map(|role| role.as_str()).collect();
        let compared =
            if private.compared.is_some() { "" } else { "; not yet compared with what others are told" };
        let text = format!("milestones as {} can be proven in this epoch{compared}", roles.join(", "));
        out.push(bullet("Private:", &text, width, 0));
        for (role, reached) in &private.reached {
            let words: Vec<String> = reached.iter().map(|milestone| milestone.plain_words()).collect();
            let text = if words.is_empty() { "none yet".to_owned() } else { words.join("; ") };
            out.push(bullet("Reached:", &format!("as {role}: {text}"), width, 0));
        }
    }
    if page.secrets_lost {
        let text = format!("{SECRETS_LOST}. {}", bind_anew(&page.market));
        out.push(bullet("Private:", &text, width, 0));
    }
    if let Some(change) = &page.changed {
        out.push(bullet("Changed:", &changed(change), width, 0));
    }
    out.join("\n")
}

fn title(page: &MarketPage, width: usize) -> String {
    let name = page.market.as_str();
    let rule = width.saturating_sub(name.len() + 4).max(4);
    format!("── {name} {}", "─".repeat(rule))
}

fn role(page: &RolePage, width: usize) -> Vec<String> {
    let all = &page.span.all;
    let mut head = format!("As {}: {}", page.role, count(all.ratings, "rating"));
    head.push_str(&mean(page.scale.zip(page.native_hundredths), all.mean));
    let mut out = vec![wrap(&head, width, 0)];
    let labels: Vec<String> = page.bands.iter().map(label).collect();
    let widest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let most = page.bands.iter().map(|band| band.ratings).max().unwrap_or(0);
    let room = BAR.min(width.saturating_sub(widest + 20)).max(4);
    let digits = most.to_string().len();
    for (band, label) in page.bands.iter().zip(&labels) {
        out.push(format!(
            "  {}  {} {:>digits$}  {:>3} %",
            pad(label, widest),
            pad(&bar(band.ratings, most, room), room),
            band.ratings,
            percent(band.ratings, all.ratings),
        ));
    }
    if let (Some(first), Some(last)) = (all.first, all.last) {
        let recent = &page.span.recent;
        let lately = match (recent.ratings, recent.mean) {
            (0, _) | (_, None) => "none in the last 12 months".to_owned(),
            (ratings, Some(mean)) => format!("{ratings} in the last 12 months ({mean} of 1000)"),
        };
        out.push(wrap(
            &format!("since {first}, last on {last}; {lately}; {}", different(all.counterparties)),
            width,
            2,
        ));
    }
    out
}

/// A mean on the market's own scale, if there is one, and on the common one; consent says it in the same words.
pub(crate) fn mean(native: Option<(Scale, i64)>, common: Option<u16>) -> String {
    let native = native.map(|(scale, mean)| {
        format!(", mean {} on a scale of {} to {}", decimal(mean), scale.min(), scale.max())
    });
    let common = common.map(|mean| format!(" ({mean} of 1000)"));
    native.into_iter().chain(common).collect()
}

/// So many people.
pub(crate) fn people(number: u64) -> String {
    if number == 1 { "1 person".to_owned() } else { format!("{number} people") }
}

fn different(number: u64) -> String {
    if number == 1 { "1 person".to_owned() } else { format!("{number} different people") }
}

/// What the ratings in a band are worth, on the market's own scale if there is one.
pub(crate) fn label(band: &Band) -> String {
    match band.native {
        Some((low, high)) if low == high => format!("{low}"),
        Some((low, high)) => format!("{low} to {high}"),
        None => format!("{}–{}", band.from, band.to),
    }
}

fn freshness(page: &MarketPage) -> String {
    let age = match (page.last, page.epochs_old) {
        (true, _) => "the last one, the market is closed".to_owned(),
        (false, 0) => "the current one".to_owned(),
        (false, 1) => "the previous one, still taken".to_owned(),
        (false, old) => {
            format!("{old} epochs old, too old for most; ask the market for a new offer")
        }
    };
    format!("epoch {} ({age}), received {}", page.epoch, page.received.day())
}

fn changed(change: &Changed) -> String {
    if change.is_nothing() {
        return format!("nothing since epoch {}", change.since);
    }
    let mut parts = Vec::new();
    let mut part = |number: i64, word: &str| {
        if number != 0 {
            parts.push(format!("{number:+} {word}"));
        }
    };
    part(change.ratings, if change.ratings.abs() == 1 { "rating" } else { "ratings" });
    part(change.counterparties, if change.counterparties.abs() == 1 { "person" } else { "people" });
    part(change.withdrawn, "withdrawn");
    part(change.corrected, "corrected");
    part(change.disputed, "disputed");
    if let (Some(before), Some(now)) = change.mean
        && before != now
    {
        parts.push(format!("mean {before} → {now} of 1000"));
    }
    format!("{} since epoch {}", parts.join(", "), change.since)
}

/// Hundredths as a decimal figure with two places.
pub(crate) fn decimal(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let size = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}", size / 100, size % 100)
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimals() {
        assert_eq!(
            ["0.00", "4.61", "-0.05", "-10.00"],
            [0, 461, -5, -1000].map(decimal).map(|t| t).each_ref().map(String::as_str)
        );
    }
}
