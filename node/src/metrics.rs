//! What a node has done and is doing, in numbers for Prometheus: no label names a person, a market, a peer or an address (UX 22).

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::core::{Counts, MarketStatus, Tally};

/// Content type of what [`Metrics::text`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Labels, all of them fixed names of this program.
type Labels = Vec<(&'static str, &'static str)>;

type Counters = Family<Named, Counter>;
type Gauges = Family<Named, Gauge>;
type Times = Family<Named, Histogram>;

/// A set of labels that is encoded in its order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Named(Labels);

impl EncodeLabelSet for Named {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), fmt::Error> {
        self.0.encode(encoder)
    }
}

fn named(labels: &[(&'static str, &'static str)]) -> Named {
    Named(labels.to_vec())
}

/// The node's numbers. Shared by whatever counts.
pub struct Metrics {
    registry: Mutex<Registry>,
    questions: Counters,
    question_seconds: Times,
    calls: Counters,
    refused: Counters,
    decisions: Counters,
    reasons: Counters,
    offers: Counters,
    renewals: Counter,
    requests: Counter,
    events: Counter,
    kept: Gauges,
    webhook: Gauges,
    market: Gauges,
    memory: Gauge,
    files: Gauge,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// What is asked of the core when somebody looks.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What happened since the last look.
    pub tally: Tally,
    /// Offers and requests that are kept.
    pub counts: (Counts, Counts),
    /// The market, if there is one.
    pub market: Option<MarketStatus>,
    /// Events that the webhook has not taken: those that wait, and those that were given up.
    pub webhook: (usize, usize),
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("faam");
        let seconds: fn() -> Histogram = || Histogram::new(exponential_buckets(0.0005, 4.0, 9));
        let metrics = Self {
            questions: Counters::default(),
            question_seconds: Times::new_with_constructor(seconds),
            calls: Counters::default(),
            refused: Counters::default(),
            decisions: Counters::default(),
            reasons: Counters::default(),
            offers: Counters::default(),
            renewals: Counter::default(),
            requests: Counter::default(),
            events: Counter::default(),
            kept: Gauges::default(),
            webhook: Gauges::default(),
            market: Gauges::default(),
            memory: Gauge::default(),
            files: Gauge::default(),
            registry: Mutex::new(Registry::default()),
        };
        let build = Gauges::default();
        build.get_or_create(&named(&[("version", env!("CARGO_PKG_VERSION"))])).set(1);
        registry.register("build", "The program that runs; always 1", build);
        registry.register("questions", "Questions of peers, answered or refused", metrics.questions.clone());
        registry.register(
            "question_seconds",
            "Time that the core took for a question of a peer",
            metrics.question_seconds.clone(),
        );
        registry.register(
            "refusals",
            "Questions of peers that were refused, by code",
            metrics.refused.clone(),
        );
        registry.register("calls", "Calls of the local interface, by answer", metrics.calls.clone());
        registry.register("decisions", "Presentations that were judged", metrics.decisions.clone());
        registry.register(
            "decision_reasons",
            "First reasons of presentations that were not accepted",
            metrics.reasons.clone(),
        );
        registry.register("offers", "Offers, made and taken", metrics.offers.clone());
        registry.register("renewals", "Renewals that wallets took whole", metrics.renewals.clone());
        registry.register("requests", "Requests that were made", metrics.requests.clone());
        registry.register("events", "Rating events that were applied", metrics.events.clone());
        registry.register("kept", "Offers and requests that are kept", metrics.kept.clone());
        registry.register("webhook_events", "Events that the webhook has not taken", metrics.webhook.clone());
        registry.register("market", "The market: accounts, its epoch, ledgers", metrics.market.clone());
        registry.register("memory_bytes", "Memory of the process now", metrics.memory.clone());
        registry.register("open_files", "Descriptors that the process has open", metrics.files.clone());
        Self { registry: Mutex::new(registry), ..metrics }
    }

    /// A question of a peer was answered, or refused, in this time.
    pub fn question(&self, protocol: &'static str, took: Duration) {
        let labels = named(&[("protocol", protocol)]);
        self.questions.get_or_create(&labels).inc();
        self.question_seconds.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// A call of the local interface was answered. `call` is the path as it is routed, never what was asked for.
    pub fn call(&self, call: &'static str, status: u16) {
        let answer = match status {
            ..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            500.. => "5xx",
        };
        self.calls.get_or_create(&named(&[("answer", answer), ("call", call)])).inc();
    }

    /// All numbers, in the text form of OpenMetrics 1.0, with those that the core told just now.
    ///
    /// # Errors
    /// When they cannot be written, which has no cause.
    pub fn text(&self, snapshot: Snapshot) -> Result<String, fmt::Error> {
        self.take(snapshot);
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }

    fn take(&self, snapshot: Snapshot) {
        let Snapshot { tally, counts: (offers, requests), market, webhook } = snapshot;
        self.offers.get_or_create(&named(&[("what", "made")])).inc_by(tally.offers_made);
        self.offers.get_or_create(&named(&[("what", "taken")])).inc_by(tally.offers_taken);
        self.renewals.inc_by(tally.renewals_taken);
        self.requests.inc_by(tally.requests_made);
        self.events.inc_by(tally.events_applied);
        for (outcome, count) in tally.decisions {
            self.decisions.get_or_create(&named(&[("outcome", outcome)])).inc_by(count);
        }
        for (reason, count) in tally.reasons {
            self.reasons.get_or_create(&named(&[("code", reason.code())])).inc_by(count);
        }
        for ((protocol, reason), count) in tally.refused {
            let labels = named(&[("code", reason.code()), ("protocol", protocol)]);
            self.refused.get_or_create(&labels).inc_by(count);
        }
        for (what, counts) in [("offers", offers), ("requests", requests)] {
            self.kept.get_or_create(&named(&[("state", "open"), ("what", what)])).set(gauge(counts.open));
            self.kept.get_or_create(&named(&[("state", "ended"), ("what", what)])).set(gauge(counts.ended));
        }
        self.webhook.get_or_create(&named(&[("state", "waiting")])).set(gauge(webhook.0));
        self.webhook.get_or_create(&named(&[("state", "given_up")])).set(gauge(webhook.1));
        if let Some(market) = market {
            let set = |what, value| _ = self.market.get_or_create(&named(&[("what", what)])).set(value);
            set("accounts", gauge(market.accounts));
            set("epoch", market.epoch.map_or(0, |epoch| i64::try_from(epoch.number).unwrap_or(i64::MAX)));
            set("ledgers_bound", gauge(market.private.bound));
            set("private_waiting", gauge(market.private.waiting));
        }
        self.memory.set(gauge(resident_bytes()));
        self.files.set(gauge(open_files()));
    }
}

fn gauge(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Memory of this process now, in bytes; 0 where the system does not say.
pub(crate) fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    kibibytes.unwrap_or(0).saturating_mul(1024)
}

/// Descriptors that this process has open; 0 where the system does not say.
fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use faam_spec::reason::Reason;

    #[test]
    fn numbers_add_up_over_looks_and_labels_are_names_of_ours() {
        let metrics = Metrics::new();
        let counts = || (Counts { open: 3, ended: 4 }, Counts { open: 1, ended: 0 });
        let snapshot = || {
            let mut tally = Tally { offers_made: 2, ..Tally::default() };
            tally.decisions.insert("accepted", 5);
            tally.reasons.insert(Reason::RatingWithdrawn, 7);
            tally.refused.insert(("present", Reason::RequestUnknown), 1);
            Snapshot { tally, counts: counts(), market: None, webhook: (1, 0) }
        };
        metrics.call("GET /v0/status", 200);
        metrics.call("GET /v0/status", 401);
        metrics.question("/faam/present/1", Duration::from_millis(3));
        metrics.text(snapshot()).unwrap();
        let text = metrics.text(snapshot()).unwrap();
        for line in [
            "faam_offers_total{what=\"made\"} 4",
            "faam_decisions_total{outcome=\"accepted\"} 10",
            "faam_decision_reasons_total{code=\"rating.withdrawn\"} 14",
            "faam_refusals_total{code=\"request.unknown\",protocol=\"present\"} 2",
            "faam_calls_total{answer=\"2xx\",call=\"GET /v0/status\"} 1",
            "faam_calls_total{answer=\"4xx\",call=\"GET /v0/status\"} 1",
            "faam_questions_total{protocol=\"/faam/present/1\"} 1",
            "faam_kept{state=\"open\",what=\"offers\"} 3",
            "faam_webhook_events{state=\"waiting\"} 1",
            "# EOF",
        ] {
            assert!(text.lines().any(|have| have == line), "{line}\n{text}");
        }
        let memory = text.lines().find_map(|line| line.strip_prefix("faam_memory_bytes ")).unwrap();
        assert!(memory.parse::<u64>().unwrap() > 1_000_000, "{memory}");
    }
}
