//! `faam completions` and `faam man`: help where a shell and a reader of manuals look for it, made from the arguments themselves.

use clap::CommandFactory as _;
use faam_spec::reason::Reason;
use faam_wallet::text::foreign;
use serde_json::json;

use crate::args::{Args, Completions, Man};
use crate::failure::Failure;
use crate::shell::{Report, Shell};
use crate::words::shell as said;

/// A script that completes what is typed.
pub(crate) fn completions(shell: &Shell, args: &Completions) -> Result<Report, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "faam", &mut script);
    let script = String::from_utf8(script)
        .map_err(|_| Failure::new(Reason::Internal, &said::no_completions(shell.lang)))?;
    let data = json!({"shell": args.shell.to_string(), "script": script});
    Ok(Report { data, text: script.trim_end().to_owned() })
}

/// Pages for `man`, one for faam and one for each command.
pub(crate) fn man(shell: &Shell, args: &Man) -> Result<Report, Failure> {
    let failed = |error: &std::io::Error| {
        let what = said::pages_failed(shell.lang, foreign(&error.to_string(), 300));
        Failure::new(Reason::StoreIo, &what).at("DIR").hint(&said::pages_hint(shell.lang))
    };
    std::fs::create_dir_all(&args.dir).map_err(|error| failed(&error))?;
    let mut pages = Vec::new();
    let mut command = Args::command();
    command.build();
    write(&command, "faam", &mut |name, page| {
        pages.push(name.clone());
        std::fs::write(args.dir.join(name), page)
    })
    .map_err(|error| failed(&error))?;
    let shown = foreign(&args.dir.to_string_lossy(), 300);
    let written = said::pages(shell.lang, u64::try_from(pages.len()).unwrap_or(0));
    let text = said::pages_written(shell.lang, written, shown);
    let text = faam_wallet::text::wrap(&text, shell.width.max(text.len()), 0);
    Ok(Report { data: json!({"folder": args.dir.to_string_lossy(), "pages": pages}), text })
}

type Keep<'a> = dyn FnMut(String, Vec<u8>) -> std::io::Result<()> + 'a;

/// A page, and those of its commands: `faam-vault-check.1`.
fn write(command: &clap::Command, name: &str, keep: &mut Keep<'_>) -> std::io::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    keep(format!("{name}.1"), page)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        write(sub, &format!("{name}-{}", sub.get_name()), keep)?;
    }
    Ok(())
}
