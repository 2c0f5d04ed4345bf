//! What a process has taken so far, as Linux tells it (proc(5)).

use std::time::Duration;

use super::Failed;

/// Ticks of the clock that processor time is told in, a second: what Linux tells programs on every architecture.
const TICKS: u32 = 100;

/// What a process has taken.
pub(crate) struct Taken {
    /// Time of processors, its own and the system's for it.
    pub(crate) processor: Duration,
    /// Memory that it holds.
    pub(crate) resident_kib: u64,
    /// The most memory that it held at a time.
    pub(crate) peak_kib: u64,
}

impl Taken {
    pub(crate) fn by(process: u32) -> Result<Self, Failed> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
        // The name of the program, in brackets, may hold blanks.
        let fields = stat.rsplit_once(')').ok_or("no name in stat")?.1.split_whitespace();
        let ticks = fields.skip(11).take(2).map(str::parse::<u32>);
        let ticks = ticks.sum::<Result<u32, _>>()?;
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        let kib = |name: &str| -> Result<u64, Failed> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next());
            Ok(number.ok_or("a figure is missing in status")?.parse()?)
        };
        Ok(Self {
            processor: Duration::from_secs(1) * ticks / TICKS,
            resident_kib: kib("VmRSS:")?,
            peak_kib: kib("VmHWM:")?,
        })
    }
}
