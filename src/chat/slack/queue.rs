//! The order and the pace of calls: one after the other in a channel, no faster than Slack takes them, and again where that
//! does no harm.
//!
//! What may be done again? What only reads, or puts the same thing in the same place, may; a call that never got there,
//! too, and one that Slack answers with "later", for then nothing was done. A message is another matter: when no answer
//! comes, it may be in the channel or not. `once` finds out.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use tokio::time::{Instant, sleep, sleep_until};

use super::error::ApiError;

/// How many calls may wait in one channel.
const MOST_WAITING: usize = 500;

/// How many channels are remembered before those are forgotten where nothing happens.
const MOST_LANES: usize = 2_000;

/// How often a call is tried that comes to nothing.
const TRIES: usize = 4;

/// How patient the queue is, and how fast.
#[derive(Debug, Clone, Copy)]
struct Rules {
    /// How many messages may be posted to a channel at once before its pace is kept.
    burst: f64,
    /// Messages a second in one channel, in the long run.
    pace: f64,
    /// The longest that a call waits for limits to end, all in all.
    sits_out: Duration,
    /// The first pause before another try.
    pause: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            burst: 10.0,
            pace: 1.0,
            sits_out: Duration::from_mins(3),
            pause: Duration::from_millis(250),
        }
    }
}

/// What has to be known of a call to put it in its place.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'a> {
    /// What Slack counts together: a workspace's method, or a channel.
    pub lane: &'a str,
    /// Whether the calls of the lane are made one after the other, in order.
    pub ordered: bool,
    /// Whether the pace of messages is kept.
    pub paced: bool,
    /// Whether doing it twice does no harm.
    pub repeatable: bool,
}

/// All calls that wait.
#[derive(Default)]
pub struct Queue {
    rules: Rules,
    lanes: Mutex<HashMap<String, Arc<Lane>>>,
}

/// What is counted together.
struct Lane {
    rules: Rules,
    /// Those who wait take it in the order in which they came.
    turn: tokio::sync::Mutex<()>,
    waiting: AtomicUsize,
    pace: Mutex<Pace>,
}

struct Pace {
    /// How many messages may be posted at once.
    left: f64,
    counted: Instant,
    /// Before this nothing is asked.
    until: Instant,
}

impl Queue {
    /// Makes a call when it is its turn, and again where it comes to nothing and that does no harm.
    pub async fn call<T, F>(
        &self,
        turn: Turn<'_>,
        mut call: impl FnMut() -> F,
    ) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let lane = self.lane(turn.lane);
        let _waiting = Waiting::at(&lane)?;
        let _turn = if turn.ordered {
            Some(lane.turn.lock().await)
        } else {
            None
        };
        let patience = Instant::now() + self.rules.sits_out;
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(self.rules.pause)
            .with_max_times(TRIES - 1)
            .with_jitter()
            .build();
        loop {
            lane.sit_out(turn.paced, patience).await?;
            let error = match call().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let again = match &error {
                ApiError::Limited(wait) => {
                    lane.leave_alone(*wait);
                    continue;
                }
                ApiError::Unreachable(_) => true,
                ApiError::Unanswered(_) => turn.repeatable,
                ApiError::Refused { .. } => false,
            };
            let Some(pause) = pauses.next().filter(|_| again) else {
                return Err(error);
            };
            tracing::debug!(%error, "asking Slack again");
            sleep(pause).await;
        }
    }

    fn lane(&self, name: &str) -> Arc<Lane> {
        let mut lanes = self.lock();
        if let Some(lane) = lanes.get(name) {
            return lane.clone();
        }
        if lanes.len() >= MOST_LANES {
            lanes.retain(|_, lane| !lane.is_idle());
        }
        let lane = Arc::new(Lane::new(self.rules));
        lanes.insert(name.to_owned(), lane.clone());
        lane
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Lane>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane {
    fn new(rules: Rules) -> Self {
        let now = Instant::now();
        Self {
            rules,
            turn: tokio::sync::Mutex::default(),
            waiting: AtomicUsize::new(0),
            pace: Mutex::new(Pace {
                left: rules.burst,
                counted: now,
                until: now,
            }),
        }
    }

    /// Waits until the next call may be made; an error where that takes longer than is waited.
    async fn sit_out(&self, paced: bool, patience: Instant) -> Result<(), ApiError> {
        loop {
            let until = self.lock().next(self.rules, paced);
            let Some(until) = until else {
                return Ok(());
            };
            if until > patience {
                return Err(ApiError::Limited(until - Instant::now()));
            }
            sleep_until(until).await;
        }
    }

    fn leave_alone(&self, wait: Duration) {
        // Answers that crossed each other do not make it shorter.
        let mut pace = self.lock();
        pace.until = pace.until.max(Instant::now() + wait);
        pace.left = pace.left.min(0.0);
    }

    fn is_idle(&self) -> bool {
        let now = Instant::now();
        let pace = self.lock();
        let rested =
            now.duration_since(pace.counted).as_secs_f64() > self.rules.burst / self.rules.pace;
        self.waiting.load(Ordering::Relaxed) == 0 && pace.until < now && rested
    }

    fn lock(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pace {
    /// Takes the right to make a call now, or says when to ask again.
    fn next(&mut self, rules: Rules, paced: bool) -> Option<Instant> {
        let now = Instant::now();
        let gained = now.duration_since(self.counted).as_secs_f64() * rules.pace;
        self.left = (self.left + gained).min(rules.burst);
        self.counted = now;
        if self.until > now {
            return Some(self.until);
        }
        if !paced {
            return None;
        }
        if self.left < 1.0 {
            return Some(now + Duration::from_secs_f64((1.0 - self.left) / rules.pace));
        }
        self.left -= 1.0;
        None
    }
}

/// A place among those who wait; given up when it is dropped.
struct Waiting<'a>(&'a Lane);

impl<'a> Waiting<'a> {
    fn at(lane: &'a Lane) -> Result<Self, ApiError> {
        if lane.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            lane.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(ApiError::Limited(lane.rules.sits_out));
        }
        Ok(Self(lane))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A queue a hundred times as fast.
    fn quick() -> Queue {
        Queue {
            rules: Rules {
                burst: 10.0,
                pace: 100.0,
                sits_out: Duration::from_secs(2),
                pause: Duration::from_millis(2),
            },
            lanes: Mutex::default(),
        }
    }

    fn turn(repeatable: bool) -> Turn<'static> {
        Turn {
            lane: "T1/C1",
            ordered: true,
            paced: true,
            repeatable,
        }
    }

    /// Calls that come to these ends, one after the other; how it ended, and how many were made.
    async fn made(
        repeatable: bool,
        ends: Vec<Result<(), ApiError>>,
    ) -> (Result<(), ApiError>, usize) {
        let queue = quick();
        let mut ends = ends.into_iter();
        let mut count = 0;
        let told = queue
            .call(turn(repeatable), || {
                count += 1;
                let end = ends.next().expect("no more calls than expected");
                async move { end }
            })
            .await;
        (told, count)
    }

    fn lost() -> ApiError {
        ApiError::Unanswered("cut".to_owned())
    }

    #[tokio::test]
    async fn what_may_be_done_already_is_done_again_only_where_it_does_no_harm() {
        assert_eq!(made(false, vec![Err(lost())]).await, (Err(lost()), 1));
        assert_eq!(made(true, vec![Err(lost()), Ok(())]).await, (Ok(()), 2));
        let nowhere = ApiError::Unreachable("refused".to_owned());
        let never = vec![Err(nowhere.clone()); 4];
        assert_eq!(made(false, never).await, (Err(nowhere), 4));
        let no = ApiError::refused("no_text");
        assert_eq!(made(true, vec![Err(no.clone())]).await, (Err(no), 1));
    }

    #[tokio::test]
    async fn a_limit_is_sat_out_for_as_long_as_slack_says() {
        let started = Instant::now();
        let limited = Err(ApiError::Limited(Duration::from_millis(70)));
        let told = made(false, vec![limited.clone(), limited, Ok(())]).await;
        assert_eq!(told, (Ok(()), 3));
        assert!(started.elapsed() >= Duration::from_millis(140));
        let long = ApiError::Limited(Duration::from_hours(1));
        let (told, count) = made(false, vec![Err(long)]).await;
        assert!(matches!(told, Err(ApiError::Limited(_))) && count == 1);
    }

    #[tokio::test]
    async fn messages_keep_their_order_and_their_pace() {
        let queue = Arc::new(quick());
        let posted = Arc::new(Mutex::new(Vec::new()));
        let started = Instant::now();
        let mut posting = Vec::new();
        for number in 0..13 {
            let (queue, posted) = (queue.clone(), posted.clone());
            posting.push(async move {
                let call = || {
                    let posted = posted.clone();
                    async move {
                        // The later the shorter, so that they would overtake each other.
                        sleep(Duration::from_micros(13 - number)).await;
                        posted.lock().expect("nobody panics").push(number);
                        Ok(())
                    }
                };
                queue.call(turn(false), call).await
            });
        }
        for told in futures_util::future::join_all(posting).await {
            told.expect("posted");
        }
        assert_eq!(
            *posted.lock().expect("nobody panics"),
            (0..13).collect::<Vec<_>>()
        );
        // Ten at once, three more at their pace.
        assert!(started.elapsed() >= Duration::from_millis(20));
    }
}
