//! `faam ask`: a question to somebody, as a link and its QR code.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
use std::time::Duration;

use faam_node::api::{BadMember, RequestBody};
use faam_node::net::HostError;
use faam_spec::decision::Outcome as Decided;
use faam_spec::exit::Exit;
use faam_spec::peer::Address;
use faam_spec::reason::Reason;
use faam_spec::words::Lang;
use faam_verifier::Policy;
use faam_verifier::policy::{MAX_FILE_BYTES, nearest_key};
use faam_wallet::ask::desk::Desk;
use faam_wallet::ask::host::{Found, HostEvent, Hosting, find, usual_addresses};
use faam_wallet::ask::{AskTerms, Preset, make, trust_text};
use faam_wallet::text::{bullet, count, foreign, wrap};
use faam_wallet::vault::{AskEnd, AskState, AskedAs, KeptAsk};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::asking::{decision_text, row, tell_line};
use super::data;
use super::listen::stopping;
use crate::args::Ask;
use crate::failure::Failure;
use crate::shell::{Report, Shell, say};
use crate::whom::Whom;

/// How long a wallet that another program has open is waited for when an answer is there.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// A policy that accepts whatever was verified: what is asked for says all there is to say.
const NO_POLICY: &str = "v = 0\n";

pub(crate) fn run(shell: &Shell, args: &Ask) -> Result<Report, Failure> {
    shell.must_exist()?;
    let (policy_name, policy) = policy(args)?;
    let query = match args.policy {
        Some(_) => None,
        None => Some(body(args).query().map_err(|bad| bad_member(&bad))?),
    };
    let given = args.trust.as_deref().map(|file| read(file, "--trust", "the trust file")).transpose()?;
    let passphrase = shell.passphrase("Passphrase: ")?;
    let vault = shell.open_with(&passphrase)?;
    let persona = Whom::read(shell, &vault)?.one(shell)?.number;
    let trust = match given {
        Some(text) => text,
        None => trust_text(vault.believed()?.into_iter().map(|believed| believed.entry).collect())?,
    };
    let terms = AskTerms {
        persona,
        asked_as: if args.recognisable { AskedAs::Persona } else { AskedAs::Nobody },
        name: args.name.clone(),
        purpose: args.purpose.clone(),
        retention_days: args.retention,
        life: i64::from(args.valid) * 60,
        query,
        policy_name,
        policy,
        trust,
    };
    let made = make(&vault, terms, shell.now(), &mut shell.rng.clone())?;
    let runtime = runtime()?;
    let listen = if args.listen.is_empty() { usual_addresses() } else { args.listen.clone() };
    let Found { peer, addresses } =
        runtime.block_on(find(made.peer_seed(), listen)).map_err(|error| cannot_listen(&error))?;
    let listen = addresses.iter().map(Address::to_string).collect();
    let announce = if args.announce.is_empty() { addresses } else { args.announce.clone() };
    let mut rng = shell.rng;
    let kept = made.keep(&vault, peer, listen, announce, shell.now(), &mut rng)?;
    drop(vault);
    explain(shell, args, &kept);
    let made = json!({
        "ask": kept.number, "link": kept.link, "request": kept.request, "expires": kept.expires,
        "asker": kept.link()?.did(),
    });
    if !args.wait {
        if !shell.json {
            say(match args.lang.unwrap_or(shell.lang) {
                Lang::Nl => "Beantwoord wordt hij terwijl u online bent: faam listen",
                _ => "It can be answered while you are on line: faam listen",
            });
        }
        return Ok(Report { data: made, text: kept.link });
    }
    tell_line(shell, made, &kept.link);
    let stop = stopping(&runtime).map_err(|error| {
        Failure::new(Reason::Internal, &format!("the program could not get ready to wait: {error}"))
    })?;
    let desk = Desk::new(&shell.home, passphrase, PATIENCE).only(kept.number);
    wait(shell, args, &runtime, stop, desk, &kept)
}

fn runtime() -> Result<Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    built.map_err(|error| {
        Failure::new(Reason::NetUnreachable, &format!("the network could not be set up: {error}"))
    })
}

fn cannot_listen(error: &HostError) -> Failure {
    let what = foreign(&error.to_string(), 500);
    let reason = match error {
        HostError::Listen { .. } | HostError::ListenTimeout(_) => Reason::NetUnreachable,
        _ => Reason::InputMalformed,
    };
    Failure::new(reason, &what)
        .at("--listen")
        .hint("Leave --listen out to listen at free ports of this machine and of its private network.")
}

/// Stays on line until somebody answered, or nobody can any more.
fn wait(
    shell: &Shell,
    args: &Ask,
    runtime: &Runtime,
    stop: watch::Receiver<bool>,
    desk: Desk,
    kept: &KeptAsk,
) -> Result<Report, Failure> {
    if !shell.json {
        say("Waiting for the answer; end with Ctrl-C, and go on with faam listen.");
    }
    let mut hosting = Hosting::new(desk);
    let mut ended = None;
    let mut tell = |desk: &Desk, event: HostEvent| {
        match &event {
            HostEvent::NotReady { why, .. } => {
                say(&format!(
                    "Not on line yet; is faam listen running, which answers too? {}",
                    foreign(why, 300)
                ));
            }
            HostEvent::NoVault { code } => {
                say(&format!("The wallet cannot be looked at now ({}).", code.code()))
            }
            HostEvent::Looked | HostEvent::Ready { .. } | HostEvent::Desk(_) => {}
        }
        ended = desk.ask(kept.number).filter(|ask| !ask.is_open(shell.now())).cloned();
        ended.is_some() || shell.now() >= kept.expires
    };
    runtime.block_on(hosting.run(stop.clone(), &|| shell.now(), &mut tell));
    let ended = match ended {
        Some(ended) => ended,
        None if *stop.borrow() => {
            let what = format!("no longer waiting; question {} is as it was", kept.number);
            return Err(Failure::new(Reason::NetClosed, &what).hint("Go on: faam listen"));
        }
        None => KeptAsk { state: AskState::Ended { how: AskEnd::Expired, at: kept.expires }, ..kept.clone() },
    };
    report(shell, args, &ended)
}

fn report(shell: &Shell, args: &Ask, ask: &KeptAsk) -> Result<Report, Failure> {
    let kept = match &ask.state {
        AskState::Decided(kept) => kept,
        AskState::Ended { how: AskEnd::Revoked, .. } => {
            return Err(Failure::new(Reason::RequestRevoked, "the question was taken back"));
        }
        _ => return Err(Failure::new(Reason::RequestExpired, "nobody answered in time")),
    };
    let text = decision_text(shell, ask, kept, args.lang.unwrap_or(shell.lang));
    let data = json!({
        "ask": data(&row(ask, shell.now()))?, "decision": data(&kept.decision)?, "receipt": kept.receipt,
    });
    let first = kept.decision.reasons.first().map_or(Reason::Internal, |reason| reason.code);
    let (headline, exit) = match kept.decision.outcome {
        Decided::Accepted => return Ok(Report { data, text }),
        Decided::Refused => ("what they showed is refused", Exit::Refused),
        Decided::Undecided => ("what they showed could not be decided", Exit::Undecided),
    };
    Err(Failure::new(first, headline).exit(exit).showing(data, text))
}

/// What goes beside the link, for a person: what is asked, how it is judged, and the QR code.
fn explain(shell: &Shell, args: &Ask, kept: &KeptAsk) {
    if !shell.json {
        let lang = args.lang.unwrap_or(shell.lang);
        let until = shell.local(kept.expires);
        say(&match lang {
            Lang::Nl => format!("Vraag {}, open tot {until}.", kept.number),
            _ => format!("Question {}, open until {until}.", kept.number),
        });
        if let (Some(_), Ok(policy)) = (&args.policy, Policy::parse(&kept.policy)) {
            for line in policy.explain_in(lang) {
                say(&bullet("-", &foreign(&line, 1000), shell.width, 2));
            }
            for warning in policy.warnings_in(lang) {
                say(&bullet("!", &foreign(&warning, 1000), shell.width, 2));
            }
        }
        let days = kept.retention_days;
        let promise = match lang {
            Lang::Nl => format!(
                "U belooft dat u wat zij tonen hooguit {days} {} bewaart; dan wordt het hier gewist. Wie de link heeft, kan hem beantwoorden, één keer.",
                if days == 1 { "dag" } else { "dagen" }
            ),
            _ => format!(
                "You promise to keep what they show for {} at most; it is deleted here then. Whoever has the link can answer it, once.",
                count(u64::from(days), "day")
            ),
        };
        say(&wrap(&promise, shell.width, 0));
    }
    if args.qr || (!shell.json && std::io::stderr().is_terminal()) {
        qr(&kept.link);
    }
}

/// Light on dark, as most terminals are; readers take both.
fn qr(link: &str) {
    // A link is short enough for every level; without the code there is still the link.
    if let Ok(code) = QrCode::with_error_correction_level(link, EcLevel::L) {
        let mut image = code.render::<Dense1x2>();
        say(&image.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build());
    }
}

/// A preset by its name, or a file.
fn policy(args: &Ask) -> Result<(Option<String>, String), Failure> {
    let Some(named) = &args.policy else { return Ok((None, NO_POLICY.to_owned())) };
    if let Some(preset) = Preset::of(named) {
        return Ok((Some(preset.name().to_owned()), preset.text().to_owned()));
    }
    let names = Preset::ALL.map(Preset::name);
    let is_name = named.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if is_name && !Path::new(named).exists() {
        let hint = match nearest_key(&[("", &names)], "", named) {
            Some(nearest) => format!("Did you mean '{nearest}'?"),
            None => format!("There are {}; or name a policy file.", names.join(", ")),
        };
        let what = format!("there is no preset and no file '{}'", foreign(named, 100));
        return Err(Failure::new(Reason::RequestPolicy, &what).at("--policy").hint(&hint));
    }
    let text = read(Path::new(named), "--policy", "the policy file")?;
    let name = Policy::parse(&text).ok().and_then(|policy| policy.name);
    Ok((Some(name.unwrap_or_else(|| file_name(named))), text))
}

fn file_name(path: &str) -> String {
    let name = Path::new(path).file_stem().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_default().chars().take(100).collect()
}

/// A file that others cannot write, because something is judged by it.
//= spec/text/policy.md#REQ-POLICY-20
//# A trust or policy file by which something is judged or checked MUST be refused if others can write it
fn read(path: &Path, at: &str, what: &str) -> Result<String, Failure> {
    let limit = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX);
    let bytes = faam_node::files::read_owned(path, limit).map_err(|error| {
        let reason = match error {
            faam_node::files::FileError::Missing(_) => Reason::InputMissing,
            _ => error.reason(),
        };
        Failure::new(reason, &format!("{what} cannot be used: {}", foreign(&error.to_string(), 500))).at(at)
    })?;
    let mut text = String::new();
    match bytes.as_slice().read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(_) => Err(Failure::new(Reason::FileSyntax, &format!("{what} is not UTF-8")).at(at)),
    }
}

/// What is asked for, as the node's own interface has it.
fn body(args: &Ask) -> RequestBody {
    let (market, markets) = match args.market.as_slice() {
        [market] => (Some(market.clone()), None),
        several => (None, Some(several.to_vec())),
    };
    RequestBody {
        purpose: args.purpose.clone(),
        retention_days: args.retention,
        life_seconds: i64::from(args.valid) * 60,
        policy: None,
        market,
        markets,
        milestones: (!args.milestone.is_empty()).then(|| args.milestone.clone()),
        ratings: args.ratings,
        complete: args.complete,
        disclose: args.disclose.iter().map(|name| name.trim().to_owned()).collect(),
        role: args.role.clone(),
        dcql_query: None,
    }
}

fn bad_member(bad: &BadMember) -> Failure {
    let option = match bad.member {
        "ratings" => "--ratings",
        "complete" => "--complete",
        "disclose" => "--disclose",
        "role" => "--role",
        "milestones" => "--milestone",
        _ => "--market",
    };
    Failure::new(bad.reason, bad.why).at(option)
}
