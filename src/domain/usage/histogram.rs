//! A histogram of times that can be added to another one, for percentiles over any number of hours: those of the parts
//! cannot be averaged.
//!
//! Buckets are log-linear as in `HdrHistogram`: 32 to each power of two, so a value is known to within 1/64 (1.6 %) of
//! itself, and exactly below 64. Stored sparsely. The stored form is read by later versions: it does not change.

/// Buckets to a power of two, as a power of two.
const PRECISION: u32 = 5;
/// One more than the bucket of the largest value.
const BUCKETS: u64 = ((64 - PRECISION as u64) << PRECISION) + (1 << PRECISION);
/// First byte of the stored form.
const VERSION: u8 = 1;

/// Counts of values, in microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Bucket and count, in the order of buckets; no count is 0.
    buckets: Vec<(u16, u64)>,
}

/// The bytes are not a histogram that was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a stored histogram")]
pub struct NotAHistogram;

impl Histogram {
    pub fn record(&mut self, micros: u64) {
        let bucket = bucket(micros);
        let mut place = self.buckets.partition_point(|(other, _)| *other < bucket);
        self.add_from(&mut place, bucket, 1);
    }

    /// Adds all that another one has counted.
    pub fn add(&mut self, other: &Self) {
        let mut place = 0;
        for (bucket, count) in &other.buckets {
            self.add_from(&mut place, *bucket, *count);
        }
    }

    /// Takes away what another one has counted, which is part of this one.
    pub fn remove(&mut self, part: &Self) {
        let mut counted = part.buckets.iter().peekable();
        for (bucket, sum) in &mut self.buckets {
            while counted.next_if(|(other, _)| other < bucket).is_some() {}
            if let Some((_, count)) = counted.next_if(|(other, _)| other == bucket) {
                *sum = sum.saturating_sub(*count);
            }
        }
        self.buckets.retain(|(_, count)| *count > 0);
    }

    /// Adds one that is stored.
    ///
    /// # Errors
    /// [`NotAHistogram`]; part of it may have been added.
    pub fn add_stored(&mut self, bytes: &[u8]) -> Result<(), NotAHistogram> {
        let Some((version, mut rest)) = bytes.split_first() else { return Ok(()) };
        if *version != VERSION {
            return Err(NotAHistogram);
        }
        let (mut next, mut place) = (0, 0);
        while !rest.is_empty() {
            let gap = varint(&mut rest)?;
            let count = varint(&mut rest)?;
            let bucket = gap.checked_add(next).filter(|bucket| *bucket < BUCKETS && count > 0).ok_or(NotAHistogram)?;
            next = bucket + 1;
            self.add_from(&mut place, u16::try_from(bucket).map_err(|_| NotAHistogram)?, count);
        }
        Ok(())
    }

    /// The form in which it is stored; empty for an empty one.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1 + 3 * self.buckets.len());
        let mut next = 0;
        for (bucket, count) in &self.buckets {
            if bytes.is_empty() {
                bytes.push(VERSION);
            }
            put_varint(&mut bytes, u64::from(*bucket) - next);
            put_varint(&mut bytes, *count);
            next = u64::from(*bucket) + 1;
        }
        bytes
    }

    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// The value that `percent` of all values do not exceed (nearest rank), to within 1/64 of it, in microseconds. None
    /// of an empty one.
    pub fn percentile(&self, percent: u8) -> Option<u64> {
        let rank = u128::from(self.count()) * u128::from(percent.min(100));
        let rank = rank.div_ceil(100).max(1);
        let mut seen = 0_u128;
        self.buckets.iter().find_map(|(bucket, count)| {
            seen += u128::from(*count);
            (seen >= rank).then(|| middle(*bucket))
        })
    }

    /// Adds to a bucket that is found at `place` or after it. Those who add in the order of buckets go through once:
    /// answers about usage add tens of thousands of histograms.
    fn add_from(&mut self, place: &mut usize, bucket: u16, count: u64) {
        let rest = self.buckets.get(*place..).unwrap_or_default();
        *place += rest.iter().take_while(|(other, _)| *other < bucket).count();
        match self.buckets.get_mut(*place) {
            Some((same, sum)) if *same == bucket => *sum = sum.saturating_add(count),
            _ => self.buckets.insert(*place, (bucket, count)),
        }
    }
}

fn bucket(value: u64) -> u16 {
    let shift = value.max(1).ilog2().saturating_sub(PRECISION);
    let index = (u64::from(shift) << PRECISION) + (value >> shift);
    // `BUCKETS` is less than 2^11.
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// The value in the middle of a bucket.
fn middle(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    let shift = (bucket >> PRECISION).saturating_sub(1);
    let least = (bucket - (shift << PRECISION)) << shift;
    least + ((1_u64 << shift) - 1) / 2
}

/// Unsigned LEB128.
fn put_varint(bytes: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = (value & 0x7f).to_le_bytes();
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn varint(bytes: &mut &[u8]) -> Result<u64, NotAHistogram> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(NotAHistogram)?;
        *bytes = rest;
        let low = u64::from(byte & 0x7f);
        let part = low << shift;
        if part >> shift != low {
            return Err(NotAHistogram);
        }
        value |= part;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(NotAHistogram)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for value in values {
            histogram.record(*value);
        }
        histogram
    }

    /// As times are: mostly small, of any magnitude.
    fn values() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec((any::<u64>(), 0..64_u32).prop_map(|(value, shift)| value >> shift), 0..200)
    }

    #[test]
    fn the_edges_have_buckets() {
        assert_eq!((bucket(0), bucket(1), bucket(63), bucket(64), bucket(65), bucket(66)), (0, 1, 63, 64, 64, 65));
        assert_eq!(u64::from(bucket(u64::MAX)), BUCKETS - 1);
        assert_eq!(Histogram::default().percentile(50), None);
        assert_eq!(of(&[7]).percentile(0), Some(7));
        assert_eq!(of(&[7, 8, 9, 10]).percentile(50), Some(8));
        assert_eq!(of(&[7, 8, 9, 10]).percentile(99), Some(10));
    }

    #[test]
    fn the_stored_form_stays() {
        assert_eq!(of(&[]).to_bytes(), Vec::<u8>::new());
        assert_eq!(of(&[3, 3, 5, 1_000_000]).to_bytes(), [1, 3, 2, 1, 1, 0xf7, 3, 1]);
    }

    #[test]
    fn what_was_never_stored_is_refused() {
        for bytes in [&[2][..], &[1, 1], &[1, 1, 0], &[1, 0x80, 0x80], &[1, 0xff, 0x7f, 1], &[1; 4]] {
            assert_eq!(Histogram::default().add_stored(bytes), Err(NotAHistogram), "{bytes:?}");
        }
        for bytes in [&[][..], &[1], &[1; 3], &[1; 5]] {
            assert_eq!(Histogram::default().add_stored(bytes), Ok(()), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn a_percentile_is_within_one_64th(mut values in values(), percent in 1..=100_u8) {
            let found = of(&values).percentile(percent);
            values.sort_unstable();
            let rank = (values.len() * usize::from(percent)).div_ceil(100);
            let exact = rank.checked_sub(1).map(|at| values[at]);
            prop_assert_eq!(found.is_some(), exact.is_some());
            if let (Some(found), Some(exact)) = (found, exact) {
                prop_assert!(found.abs_diff(exact) <= exact / 64, "{found} for {exact}");
            }
        }

        #[test]
        fn sums_of_parts_are_the_whole(one in values(), other in values()) {
            let (mut ab, mut ba) = (of(&one), of(&other));
            ab.add(&of(&other));
            ba.add(&of(&one));
            let whole: Vec<u64> = one.iter().chain(&other).copied().collect();
            prop_assert_eq!(&ab, &of(&whole));
            prop_assert_eq!(&ba, &ab);
            prop_assert_eq!(ab.count(), whole.len() as u64);
            ab.remove(&of(&other));
            prop_assert_eq!(ab, of(&one));
        }

        #[test]
        fn what_is_stored_is_read_again(values in values()) {
            let mut read = Histogram::default();
            read.add_stored(&of(&values).to_bytes()).unwrap();
            prop_assert_eq!(read, of(&values));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut read = Histogram::default();
            if read.add_stored(&bytes).is_ok() {
                let mut again = Histogram::default();
                again.add_stored(&read.to_bytes()).unwrap();
                prop_assert_eq!(again, read);
            }
        }
    }
}
