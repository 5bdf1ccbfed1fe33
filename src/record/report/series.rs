//! Series: how much happened in equal stretches of time, however long the run.

/// How many stretches there are at most; when the run outgrows them, two become one.
const MOST: usize = 120;
/// How long a stretch is at first, in microseconds.
const FIRST: u64 = 250;

/// Sums over stretches of time from the run's beginning.
#[derive(Debug)]
pub(super) struct Series {
    /// How long each is, in microseconds.
    pub(super) every: u64,
    /// The sum of each.
    pub(super) sums: Vec<u64>,
}

impl Default for Series {
    fn default() -> Self {
        Self { every: FIRST, sums: Vec::new() }
    }
}

impl Series {
    /// Adds to the stretch that `at` (microseconds) lies in.
    pub(super) fn add(&mut self, at: u64, amount: u64) {
        while at / self.every >= MOST as u64 {
            self.every *= 2;
            self.sums = self.sums.chunks(2).map(|pair| pair.iter().sum()).collect();
        }
        let place = usize::try_from(at / self.every).unwrap_or(MOST - 1);
        if self.sums.len() <= place {
            self.sums.resize(place + 1, 0);
        }
        self.sums[place] += amount;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_grow_and_nothing_is_lost() {
        let mut series = Series::default();
        for at in 0..10_000 {
            series.add(at * 1000, 3);
        }
        assert_eq!(series.sums.iter().sum::<u64>(), 30_000);
        assert!(series.sums.len() <= MOST, "{}", series.sums.len());
        assert_eq!(series.every, 128_000);
    }
}
