//! The requirements of `spec/text/grid.md`, each proven by its vectors.

use super::prove;

//= spec/text/grid.md#REQ-GRID-1
//= type=test
//# Grid 1 MUST have exactly these milestones, in this order, and no others.
#[test]
fn req_grid_1() {
    prove("REQ-GRID-1");
}

//= spec/text/grid.md#REQ-GRID-2
//= type=test
//# The message of a milestone MUST be its text, a space, and `true` or `false`, in UTF-8.
#[test]
fn req_grid_2() {
    prove("REQ-GRID-2");
}

//= spec/text/grid.md#REQ-GRID-3
//= type=test
//# Of the live ratings in the role, each counterparty MUST count once, with its latest live rating: that
//# of the latest day, and of one day the one with the highest index.
#[test]
fn req_grid_3() {
    prove("REQ-GRID-3");
}

//= spec/text/grid.md#REQ-GRID-4
//= type=test
//# A threshold MUST be compared in whole arithmetic, without rounding, as below.
#[test]
fn req_grid_4() {
    prove("REQ-GRID-4");
}

//= spec/text/grid.md#REQ-GRID-5
//= type=test
//# A rating MUST be taken for low when it is below 500 on the common scale, and not else.
#[test]
fn req_grid_5() {
    prove("REQ-GRID-5");
}

//= spec/text/grid.md#REQ-GRID-6
//= type=test
//# The withdrawn share MUST be that of the counterparties of whom a rating in this role was withdrawn,
//# divided by those who ever rated in it.
#[test]
fn req_grid_6() {
    prove("REQ-GRID-6");
}

//= spec/text/grid.md#REQ-GRID-7
//= type=test
//# Where no rating counts, no milestone but those of `bound` MUST be reached.
#[test]
fn req_grid_7() {
    prove("REQ-GRID-7");
}

//= spec/text/grid.md#REQ-GRID-8
//= type=test
//# Of one private standing 1 to 4 milestones MUST be asked for, at most one of a metric, in the order of
//# the grid.
#[test]
fn req_grid_8() {
    prove("REQ-GRID-8");
}
