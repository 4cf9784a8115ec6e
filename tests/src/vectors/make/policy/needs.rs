//! What a policy asks of the numbers of standings, of ratings, and of milestones.

use serde_json::json;

use super::super::fixtures_shown::{Case, PrivateWorld, World};
use super::{Cases, Judged, Under};

/// The answer is of account 7: four ratings by four people, mean 562 of 1000, one of them in the lowest band, one more withdrawn, the first in 2024;
/// as a buyer one, as a seller three.
pub(super) fn cases(cases: &mut Cases, world: &World, private: &PrivateWorld) {
    let standing = Judged::from(&Case::standing(&world.now));
    numbers(&mut Under::new(cases, "REQ-POLICY-15", standing.clone()));
    newcomers(&mut Under::new(cases, "REQ-POLICY-6", standing.clone()));
    milestones(cases, private, &standing);
    ratings(cases, world);
    withdrawn(cases, world);
}

fn numbers(under: &mut Under<'_>) {
    for (id, good, bad, code, at, what) in [
        (
            "ratings",
            "ratings_at_least = 4",
            "ratings_at_least = 5",
            "policy.ratings",
            "facts[0].numbers.total.all.ratings",
            "ratings",
        ),
        (
            "people",
            "people_at_least = 4",
            "people_at_least = 5",
            "policy.people",
            "facts[0].numbers.total.all.counterparties",
            "different people",
        ),
        (
            "mean",
            "mean_at_least = 562",
            "mean_at_least = 563",
            "policy.mean",
            "facts[0].numbers.total.all.mean",
            "mean",
        ),
        (
            "low",
            "lowest_at_most_percent = 25",
            "lowest_at_most_percent = 24",
            "policy.low",
            "facts[0].numbers.total.all.histogram",
            "share of the lowest band",
        ),
        (
            "tenure",
            "days_at_least = 996",
            "days_at_least = 997",
            "policy.tenure",
            "facts[0].numbers.total.all.first",
            "days since the first rating",
        ),
    ] {
        let reasons: super::Stated = match code {
            "policy.ratings" => &[("policy.ratings", "facts[0].numbers.total.all.ratings")],
            "policy.people" => &[("policy.people", "facts[0].numbers.total.all.counterparties")],
            "policy.mean" => &[("policy.mean", "facts[0].numbers.total.all.mean")],
            "policy.low" => &[("policy.low", "facts[0].numbers.total.all.histogram")],
            _ => &[("policy.tenure", "facts[0].numbers.total.all.first")],
        };
        assert_eq!(reasons[0], (code, at));
        under.accept(
            &format!("{id}-met"),
            &format!("Just the {what} that the policy needs."),
            &format!("[standing]\n{good}"),
            &[],
        );
        under.refuse(
            id,
            &format!("The {what} that the policy needs is missed by one."),
            &format!("[standing]\n{bad}"),
            reasons,
        );
    }
    under.refuse(
        "all",
        "Two numbers are not met, and both are told.",
        "[standing]\nratings_at_least = 9\nmean_at_least = 900",
        &[
            ("policy.ratings", "facts[0].numbers.total.all.ratings"),
            ("policy.mean", "facts[0].numbers.total.all.mean"),
        ],
    );
    under.accept(
        "role",
        "The numbers of one role.",
        "[standing]\nrole = \"seller\"\nratings_at_least = 3\nmean_at_least = 750",
        &[],
    );
    under
        .refuse(
            "role-one",
            "The numbers of another role, in which there is one rating, the worst.",
            "[standing]\nrole = \"buyer\"\nmean_at_least = 1",
            &[("policy.mean", "facts[0].numbers.roles.buyer.all.mean")],
        )
        .attack("A81");
    under
        .refuse(
            "recent",
            "The numbers of the last twelve months are one fewer than those of all time.",
            "[standing]\nrecent = true\nratings_at_least = 4",
            &[("policy.ratings", "facts[0].numbers.total.recent.ratings")],
        )
        .attack("A81");
    under.accept(
        "recent-days",
        "Days are counted from the first rating of all time all the same.",
        "[standing]\nrecent = true\ndays_at_least = 996",
        &[],
    );
}

fn newcomers(under: &mut Under<'_>) {
    let strict = "[standing]\nratings_at_least = 50\nmean_at_least = 900\n";
    let unrated: super::Stated = &[("policy.unrated", "facts[0].numbers")];
    under.undecided(
        "below",
        "Fewer ratings than make somebody known: nothing else is told.",
        &format!("{strict}[newcomer]\nbelow = 5"),
        unrated,
    );
    under.refuse(
        "refuse",
        "The same, and the policy refuses newcomers.",
        &format!("{strict}[newcomer]\nbelow = 5\nthen = \"refuse\""),
        unrated,
    );
    under.undecided(
        "low-needs",
        "A newcomer is not accepted for needs that are met.",
        "[standing]\nratings_at_least = 1\n[newcomer]\nbelow = 5",
        unrated,
    );
    under.undecided(
        "role",
        "A role in which nobody rated the person.",
        "[standing]\nrole = \"driver\"",
        unrated,
    );
    under.accept(
        "enough",
        "Just as many ratings as make somebody known.",
        "[standing]\nratings_at_least = 1\n[newcomer]\nbelow = 4",
        &[],
    );
}

fn milestones(cases: &mut Cases, private: &PrivateWorld, standing: &Judged) {
    let req = "REQ-POLICY-7";
    let mut under = Under::new(cases, req, &private.case(&["four"]));
    under.accept(
        "same",
        "The milestones that were proven.",
        "[private]\nrole = \"seller\"\nmilestones = [\"tenure>=3y\", \"disputes=0\"]",
        &[],
    );
    under.accept(
        "lower",
        "Lower steps of the metrics that were proven.",
        "[private]\nmilestones = [\"tenure>=1y\", \"low_share<=10%\"]",
        &[],
    );
    let less: super::Stated = &[("policy.request", "private[0].milestones")];
    for (id, milestones, description) in [
        ("higher", "\"tenure>=4y\"", "A higher step than was proven."),
        ("other", "\"count>=5\"", "Another metric than was proven."),
        ("one-other", "\"tenure>=1y\", \"mean>=700\"", "One that was proven and one that was not."),
    ] {
        under.refuse(id, description, &format!("[private]\nmilestones = [{milestones}]"), less);
    }
    under
        .refuse(
            "role",
            "Another role than was proven.",
            "[private]\nrole = \"buyer\"\nmilestones = [\"tenure>=1y\"]",
            &[("policy.request", "private[0].role")],
        )
        .attack("A81");
    under.refuse(
        "standing",
        "Milestones in the place of a standing.",
        "[standing]\nratings_at_least = 1",
        less,
    );
    let mut under = Under::new(cases, req, standing.clone());
    under.refuse(
        "plain",
        "A standing in the place of milestones.",
        "[private]\nmilestones = [\"count>=5\"]",
        &[("policy.request", "facts[0].standing")],
    );
}

fn ratings(cases: &mut Cases, world: &World) {
    let mut under = Under::new(cases, "REQ-POLICY-7", &Case::ratings(&world.now, &[0, 2], &["day"]));
    let few: super::Stated = &[("policy.request", "facts[0].shown")];
    under.accept(
        "ratings",
        "As many ratings as the policy needs, with what it needs of each.",
        "[ratings]\nat_least = 2\ndisclose = [\"day\"]",
        &[],
    );
    for (id, needs, description) in [
        ("ratings-more", "at_least = 3", "Fewer ratings were asked for than the policy needs."),
        ("ratings-all", "complete = true", "Not all were asked for, and the policy needs all."),
        (
            "ratings-part",
            "at_least = 1\ndisclose = [\"comment\"]",
            "A part was not asked for that the policy needs.",
        ),
        (
            "ratings-role",
            "at_least = 2\nrole = \"seller\"",
            "Two ratings, one of them in the role that the policy needs two of.",
        ),
    ] {
        under.refuse(id, description, &format!("[ratings]\n{needs}"), few);
    }
    let mut under = Under::new(cases, "REQ-POLICY-7", &Case::complete(&world.now, None));
    under.accept(
        "ratings-complete",
        "All ratings were asked for and shown.",
        "[ratings]\ncomplete = true",
        &[],
    );
    // All of one role are not all, and all of a role that nobody has are none.
    for (id, role, needs, description) in [
        ("complete-of-buyer", "buyer", "", "All as a buyer, and the policy needs all."),
        (
            "complete-of-seller",
            "seller",
            "\nrole = \"buyer\"",
            "All as a seller, and the policy needs all as a buyer.",
        ),
        (
            "complete-of-nobody",
            "courier",
            "",
            "All of a role in which there are none, and the policy needs all.",
        ),
        ("complete-of-other", "courier", "\nrole = \"seller\"", "The same, and it needs all as a seller."),
    ] {
        let case = Case::complete(&world.now, Some(role));
        let mut under = Under::new(cases, "REQ-POLICY-18", &case);
        under.refuse(id, description, &format!("[ratings]\ncomplete = true{needs}"), few);
    }
    let mut under = Under::new(cases, "REQ-POLICY-18", &Case::complete(&world.now, Some("buyer")));
    under.accept(
        "complete-role",
        "All as a buyer, which the policy needs.",
        "[ratings]\ncomplete = true\nrole = \"buyer\"",
        &[],
    );
}

fn withdrawn(cases: &mut Cases, world: &World) {
    let req = "REQ-POLICY-8";
    let mut case = Case::standing(&world.now);
    case.parts[0].standing["standing"]["numbers"]["disputed"] = json!(2);
    let mut under = Under::new(cases, req, &case);
    let at: super::Stated = &[("policy.withdrawn", "facts[0].numbers.withdrawn")];
    under.accept(
        "withdrawn-share",
        "One of five was withdrawn, and the policy takes 20 percent.",
        "[on]\nwithdrawn = \"refuse\"\nwithdrawn_over_percent = 20",
        &[],
    );
    under
        .refuse(
            "withdrawn",
            "The same, and it takes 19.",
            "[on]\nwithdrawn = \"refuse\"\nwithdrawn_over_percent = 19",
            at,
        )
        .attack("A36");
    under
        .undecided(
            "withdrawn-undecided",
            "The same, and it leaves that undecided.",
            "[on]\nwithdrawn = \"undecided\"\nwithdrawn_over_percent = 19",
            at,
        )
        .attack("A36");
    under.accept(
        "withdrawn-noted",
        "The same, and it notes that.",
        "[on]\nwithdrawn = \"note\"\nwithdrawn_over_percent = 19",
        at,
    );
    under.accept("withdrawn-taken", "The same, and it says nothing of it.", "", &[]);
    let at: super::Stated = &[("policy.disputed", "facts[0].numbers.disputed")];
    under.accept(
        "disputed-over",
        "Two are under dispute, and the policy takes two.",
        "[on]\ndisputed = \"refuse\"\ndisputed_over = 2",
        &[],
    );
    under.refuse(
        "disputed",
        "The same, and it takes one.",
        "[on]\ndisputed = \"refuse\"\ndisputed_over = 1",
        at,
    );
    under.undecided(
        "disputed-undecided",
        "The same, and it leaves that undecided.",
        "[on]\ndisputed = \"undecided\"\ndisputed_over = 1",
        at,
    );
    under.accept("disputed-noted", "The same, and it notes that.", "[on]\ndisputed = \"note\"", at);
    // With none of them shown.
    let mut shown = Case::ratings(&world.now, &[0], &[]);
    shown.parts[0].standing = case.parts[0].standing.clone();
    let mut under = Under::new(cases, req, &shown);
    under
        .refuse(
            "withdrawn-not-shown",
            "What was withdrawn is not shown, and counts.",
            "[on]\nwithdrawn = \"refuse\"",
            &[("policy.withdrawn", "facts[0].numbers.withdrawn")],
        )
        .attack("A36");
}
