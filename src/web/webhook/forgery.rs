//! Deliveries with a wrong signature: counted by address, told once a minute, never with what they hold.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::MINUTE;

/// How many an address may send in a minute before it is told to wait.
const ALLOWED: u32 = 30;

/// How many addresses are told apart in a minute; all others count as one.
const ADDRESSES: usize = 1024;

/// The forgeries of this minute.
#[derive(Default)]
pub struct Forgeries {
    counted: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
    since: Option<Instant>,
    by_address: HashMap<IpAddr, u32>,
    told: Option<Instant>,
    untold: u64,
}

impl Forgeries {
    /// Counts one, and says whether the address has sent too many. The first of a minute is logged at once.
    pub fn count(&self, peer: IpAddr) -> bool {
        let mut counted = self.counted();
        let place = counted.place(peer);
        let count = counted.by_address.entry(place).or_default();
        *count += 1;
        let too_many = *count > ALLOWED;
        counted.untold += 1;
        if counted.told.is_none_or(|told| told.elapsed() >= MINUTE) {
            counted.tell();
        }
        too_many
    }

    /// Whether the address has sent too many within this minute.
    pub fn suspects(&self, peer: IpAddr) -> bool {
        let mut counted = self.counted();
        let place = counted.place(peer);
        let count = counted.by_address.get(&place);
        count.is_some_and(|count| *count > ALLOWED)
    }

    /// Logs what was not logged yet.
    pub fn tell(&self) {
        self.counted().tell();
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    /// The address under which this one is counted; a new minute begins with nothing.
    fn place(&mut self, peer: IpAddr) -> IpAddr {
        if self.since.is_none_or(|since| since.elapsed() >= MINUTE) {
            self.since = Some(Instant::now());
            self.by_address.clear();
        }
        let place = match peer {
            IpAddr::V4(_) => peer,
            // Whoever has one address of a /64 has them all.
            IpAddr::V6(address) => {
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
            }
        };
        if self.by_address.contains_key(&place) || self.by_address.len() < ADDRESSES {
            place
        } else {
            IpAddr::V6(Ipv6Addr::UNSPECIFIED)
        }
    }

    fn tell(&mut self) {
        if self.untold > 0 {
            tracing::warn!(
                count = self.untold,
                "webhooks with a missing or wrong signature were refused"
            );
            self.told = Some(Instant::now());
            self.untold = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_forges_too_often_is_known_and_others_are_not() {
        let forgeries = Forgeries::default();
        let near: IpAddr = "2001:db8::1".parse().expect("an address");
        let same: IpAddr = "2001:db8::2".parse().expect("an address");
        let far: IpAddr = "192.0.2.1".parse().expect("an address");
        let counted: Vec<bool> = (0..=ALLOWED).map(|_| forgeries.count(near)).collect();
        assert_eq!(counted.iter().filter(|too_many| **too_many).count(), 1);
        assert!(forgeries.suspects(same) && !forgeries.suspects(far));
    }

    #[test]
    fn a_flood_from_everywhere_takes_little_memory() {
        let forgeries = Forgeries::default();
        for number in 0..10_000 {
            forgeries.count(IpAddr::V4(std::net::Ipv4Addr::from_bits(number)));
        }
        let counted = forgeries.counted();
        assert!(counted.by_address.len() <= ADDRESSES + 1);
    }
}
