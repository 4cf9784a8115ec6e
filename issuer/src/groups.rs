//! How many accounts share which steps, told so that nobody stands alone.

use std::collections::BTreeMap;

use faam_spec::grid::{METRICS, Metric, Steps};
use faam_spec::limits::{MAX_GROUP_ROWS, MIN_GROUP};
use faam_spec::name::Role;
use faam_spec::private::Group;

type Row = [u8; METRICS];

/// The rows of an epoch record, of how many accounts stand on which steps in each role.
///
/// Rows of few accounts are counted a step lower, until there are enough in each and few enough rows in all; and so is what is over
/// a multiple, because a row that is exact from epoch to epoch shows the step of one person in a quiet week.
//= spec/text/private.md#REQ-PRIVATE-4
//# A market MUST count each account with a live rating in a role in one row of that role at most, on no
//# higher step of any metric than it stands on. What is over a multiple of 20 is counted lower, and left out
//# where there is nothing lower.
pub(crate) fn groups(counts: &BTreeMap<Role, BTreeMap<Steps, u64>>) -> BTreeMap<Role, Vec<Group>> {
    let mut least = MIN_GROUP;
    loop {
        let rows: BTreeMap<Role, Vec<Group>> = counts
            .iter()
            .map(|(role, rows)| (role.clone(), merge(rows, least)))
            .filter(|(_, rows)| !rows.is_empty())
            .collect();
        // Ends at the latest when there are fewer accounts than a row must have.
        if rows.values().map(Vec::len).sum::<usize>() <= MAX_GROUP_ROWS || least > u64::MAX / 2 {
            return rows;
        }
        least *= 2;
    }
}

fn merge(counts: &BTreeMap<Steps, u64>, least: u64) -> Vec<Group> {
    let mut by_sum: BTreeMap<u32, BTreeMap<Row, u64>> = BTreeMap::new();
    for (steps, count) in counts {
        // How long a wallet has been bound is not for others to count.
        let row = core::array::from_fn(|at| {
            let metric = Metric::all().nth(at);
            steps.as_array().get(at).copied().filter(|_| metric != Some(Metric::Bound)).unwrap_or(0)
        });
        *by_sum.entry(sum(&row)).or_default().entry(row).or_default() += count;
    }
    let mut groups = Vec::new();
    // From the top down: what is moved lower is looked at again there.
    while let Some((at, rows)) = by_sum.pop_last() {
        for (row, accounts) in rows {
            let whole = if accounts < least { 0 } else { accounts - accounts % MIN_GROUP };
            if whole > 0 {
                groups.extend(Steps::new(row).map(|steps| Group { steps, accounts: whole }));
            }
            let rest = accounts - whole;
            if rest == 0 {
                continue;
            }
            let Some(below) = at.checked_sub(1) else { continue };
            let neighbours = by_sum.entry(below).or_default();
            if let Some(lower) = lower(&row, neighbours) {
                *neighbours.entry(lower).or_default() += rest;
            }
        }
    }
    groups.sort_unstable_by_key(|group| group.steps);
    groups
}

/// The row one step lower in one metric: the one of most accounts, or, where none has any, lower in the metric in which this one
/// stands highest.
fn lower(row: &Row, neighbours: &BTreeMap<Row, u64>) -> Option<Row> {
    let candidates = (0..METRICS).filter_map(|at| {
        let mut lower = *row;
        let step = lower.get_mut(at)?;
        let height = *step;
        *step = step.checked_sub(1)?;
        Some((neighbours.get(&lower).copied().unwrap_or(0), height, METRICS - at, lower))
    });
    candidates.max_by_key(|(accounts, height, at, _)| (*accounts, *height, *at)).map(|(_, _, _, row)| row)
}

fn sum(row: &Row) -> u32 {
    row.iter().map(|step| u32::from(*step)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn steps(row: Row) -> Steps {
        Steps::new(row).unwrap()
    }

    fn role() -> Role {
        "trader".parse().unwrap()
    }

    fn of(rows: &[(Row, u64)]) -> Vec<(Row, u64)> {
        let counts = rows.iter().map(|(row, count)| (steps(*row), *count)).collect();
        let groups = groups(&BTreeMap::from([(role(), counts)]));
        let rows = groups.get(&role()).cloned().unwrap_or_default();
        rows.iter().map(|row| (*row.steps.as_array(), row.accounts)).collect()
    }

    #[test]
    fn few_are_counted_lower_and_too_few_not_at_all() {
        let (high, low, none) =
            ([2, 0, 1, 0, 0, 0, 0, 0, 0, 0], [1, 0, 1, 0, 0, 0, 0, 0, 0, 0], [0; METRICS]);
        assert_eq!(of(&[(high, 20), (low, 25)]), [(low, 20), (high, 20)]);
        assert_eq!(of(&[(high, 39), (low, 25)]), [(low, 40), (high, 20)], "what is over is counted lower");
        assert_eq!(of(&[(high, 19), (low, 1)]), [(low, 20)]);
        assert_eq!(of(&[(high, 19), (none, 1)]), [(none, 20)]);
        assert_eq!(of(&[(high, 19)]), []);
        let bound = [1, 0, 0, 0, 0, 0, 0, 0, 3, 0];
        assert_eq!(of(&[(bound, 40)]), [([1, 0, 0, 0, 0, 0, 0, 0, 0, 0], 40)]);
    }

    proptest! {
        //= spec/text/private.md#REQ-PRIVATE-4
        //= type=test
        //# A market MUST count each account with a live rating in a role in one row of that role at most, on no
        //# higher step of any metric than it stands on.
        #[test]
        fn nobody_is_counted_twice_or_higher_than_they_stand(
            accounts in prop::collection::vec(prop::array::uniform10(0_u8..9), 0..3000),
        ) {
            let top = *Steps::top().as_array();
            let rows: Vec<Row> = accounts
                .iter()
                .map(|row| core::array::from_fn(|at| if at == 8 { 0 } else { row[at].min(top[at]) }))
                .collect();
            let mut counts = BTreeMap::new();
            for row in &rows {
                *counts.entry(steps(*row)).or_insert(0) += 1;
            }
            let groups = groups(&BTreeMap::from([(role(), counts)]));
            let groups = groups.get(&role()).cloned().unwrap_or_default();
            prop_assert!(groups.len() <= MAX_GROUP_ROWS);
            prop_assert!(groups.iter().all(|group| group.accounts >= MIN_GROUP && group.accounts.is_multiple_of(MIN_GROUP)));
            // For whatever is asked, no more are said to reach it than do.
            for asked in groups.iter().map(|group| *group.steps.as_array()).take(50) {
                let reach = |row: &Row| row.iter().zip(asked).all(|(step, asked)| *step >= asked);
                let told: u64 =
                    groups.iter().filter(|group| reach(group.steps.as_array())).map(|group| group.accounts).sum();
                let true_count = rows.iter().filter(|row| reach(row)).count();
                prop_assert!(told <= true_count as u64);
            }
        }
    }
}
