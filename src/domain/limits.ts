/**
 * Every bound of the system, unit in its name, derived from the limits of the services underneath.
 * Sources: DynamoDB quotas (docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html), Lambda quotas
 * (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html), SQS quotas
 * (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html).
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

// What AWS allows.
export const TRANSACTION_ITEMS_MAX = 100;
export const MESSAGE_BYTES_MAX = 1 * MIB;
export const MESSAGE_DELAY_SECONDS_MAX = 900;

// Factors and matrix blocks.
export const FACTORS_MAX = 128;
/** S3 bills requests, not bytes; at 1 MB one takes 20 ms, and a commit of some rows rewrites no more than it must. */
const BLOCK_BYTES_AIM = 1 * MIB;
/** Stored bytes of a row with the widest optimizer state: f32 value and two f16 moments each of K+1, a u32 and a u16. */
const rowBytesMax = (factors: number): number => (factors + 1) * (4 + 2 + 2) + 6;

/** Rows in a matrix block: what fits into 1 MiB, rounded down to one digit. K=16: 7,000; K=128: 1,000. */
export function rowsPerBlock(factors: number): number {
  const most = Math.floor(BLOCK_BYTES_AIM / rowBytesMax(factors));
  const unit = 10 ** Math.floor(Math.log10(most));
  return Math.floor(most / unit) * unit;
}

/** 20 bytes each in the head, which stays within 4 KB: one read unit, four write units. */
const BLOCKS_PER_COMMUNITY_MAX = 150;
const ROWS_PER_COMMUNITY_MAX = 1_000_000;

/** Rows that a community may have. K=16: 1,000,000; K=32: 450,000; K=128: 150,000. */
export function rowsMax(factors: number): number {
  return Math.min(ROWS_PER_COMMUNITY_MAX, BLOCKS_PER_COMMUNITY_MAX * rowsPerBlock(factors));
}

// Sums.
/** The page item holds 37 bytes an id, 370 KB of an item's 400; the log item 17 bytes, 170 KB. */
export const GRADIENTS_PER_SUM_MAX = 10_000;
/** Of the gradients that count: the commit holds them all in memory, a tenth of what its function has. */
export const GRADIENT_BYTES_PER_SUM_MAX = 128 * MIB;
/** A sum that still lacks its senders is given up: its members have long contributed anew. */
export const SUM_AGE_MAX_MS = 7 * 24 * HOUR_MS;
/**
 * A sum that is sealed is committed at once, or by one of the next ticks; after so long
 * one looks for the cause.
 */
export const SUM_STALLED_MS = 5 * MINUTE_MS;
export const COMMIT_ATTEMPTS_MAX = 8;

// What one member may say. docs/decisions.md has what honest members send, from which these are chosen.
/** Of any value of a gradient. Honest ones are under 20; with the largest settings they stay under this. */
export const GRADIENT_VALUE_MAX = 1_000_000;
/** Of any value of the matrix. Honest ones are under 2; a float32 has room for the squares of these, and for sums of them. */
export const ROW_VALUE_MAX = 1_000_000;
/** Of a shared user factor. Honest ones are under 2; how much they count is bounded where groups are made. */
export const USER_FACTOR_MAX = 1_000;
/** One past this is a mistake of units. */
export const RATING_VALUE_MAX = 100;
/** Five stars: a rating that is stronger counts as this. */
export const RATING_STRENGTH_MAX = 5;

// Hosted learning.
/** One transaction takes the member, the ratings, and for each the one it takes the place of: (100 - 1) / 2. */
export const RATINGS_PER_TRANSACTION_MAX = Math.floor((TRANSACTION_ITEMS_MAX - 1) / 2);
/** What SQS bills as one request. */
const MESSAGE_BYTES_BILLED = 64 * KIB;
/** Fields before the rows of a queued gradient, and the community's name behind them. */
const GRADIENT_FRAME_BYTES = 128;

/** Rows of an i8 gradient (u32 row, f32 scale, K+1 bytes) that one billed request holds in base64. K=16: 1,961; K=128: 357. */
export function hostedGradientRowsMax(factors: number): number {
  return Math.floor(((MESSAGE_BYTES_BILLED * 3) / 4 - GRADIENT_FRAME_BYTES) / (factors + 1 + 8));
}

// Imports.
/** Of one file, as a PUT of S3 may bring it. */
export const IMPORT_BYTES_MAX = 1_000_000_000;
/** Imports of a community that have not ended: more are a mistake of whoever makes them. */
export const IMPORTS_OPEN_MAX = 10;
/** How long an upload may begin. */
export const IMPORT_UPLOAD_SECONDS = 3600;
/** An upload that began in its time may last as long again. */
export const IMPORT_EXPIRY_MS = 2 * HOUR_MS;
/** Work on an import that has told nothing for so long is taken for dead; one step of it takes less. */
export const IMPORT_LEASE_MS = 5 * MINUTE_MS;
/** What an import tells of its rejected lines: some 10 KB of its item. */
export const IMPORT_REJECTIONS_TOLD_MAX = 100;
/** One past this is no line of a table: a quote that is never closed, a file without line ends. */
export const IMPORT_LINE_BYTES_MAX = 64 * KIB;
/** Bytes of a file that are read, loaded and noted as done at a time: some thousand lines. */
export const IMPORT_PIECE_BYTES = 256 * KIB;
/** Ratings of one member are stored together, so more lines at a time are fewer writes: some 100,000. */
export const IMPORT_RATINGS_PIECE_BYTES = 4 * MIB;
/** A piece, or an epoch's sum, is not begun with less time than this. */
export const IMPORT_STEP_RESERVE_MS = 2 * MINUTE_MS;
/** How long operators can read what became of an import. */
export const IMPORT_RETENTION_MS = 30 * 24 * HOUR_MS;
export const PAGE_IMPORTS_MAX = 50;

// Training.
/** Each is a commit, or a few: a model that still gets better then has learnt most of what there is. */
export const TRAINING_EPOCHS_MAX = 60;
/** Members of one sum, so that its gradients (64 KB each at most) are within what a sum may hold. */
export const TRAINING_SENDERS_PER_SUM_MAX = 2_000;
/** Of a page: its object is some 6 MB at most. */
export const TRAINING_SENDERS_PER_PAGE_MAX = 100;

// Kept versions, and objects that nothing names any more.
/** A version is kept this often. */
export const VERSION_INTERVAL_MS = 24 * HOUR_MS;
/** Two days more than the tables' backups reach back. */
const BACKED_UP_MS = 37 * 24 * HOUR_MS;
/** A version is kept for as long after the next one, so that a head from a backup finds one. */
export const VERSION_RETENTION_MS = BACKED_UP_MS;
/** On demand, of a community: each may hold objects that nothing else names any more. */
export const HELD_VERSIONS_MAX = 20;
/** Of a community, an hour: each takes up to 29 s of a Lambda. */
export const COMPARISONS_PER_HOUR_MAX = 20;
/** Hosted members whose ratings a comparison reads: a mean of NDCG over so many is good to a hundredth. */
export const COMPARED_MEMBERS_MAX = 2_000;
/** So long it is told what was erased, so that no backup brings it back. */
export const ERASURE_RETENTION_MS = BACKED_UP_MS;
/** Long past the end of any invocation that has put an object and not named it yet, or has read a head that names it. */
export const GARBAGE_AGE_MIN_MS = 24 * HOUR_MS;

// Time.
export const DAY_MS = 24 * HOUR_MS;
/**
 * An invocation that began before a community was deleted has written all it can by then: none has more than
 * 50 s. Only the ticks of rounds and imports and the sweep have, and their writes ask for the head or follow its reading.
 */
export const ERASURE_GRACE_MS = 1 * MINUTE_MS;
/** A gradient's id (UUIDv7, so it carries its time) is good for a day. */
export const GRADIENT_AGE_MAX_MS = 24 * HOUR_MS;
/** How far ahead of the server a client's clock may be. */
export const CLOCK_SKEW_MAX_MS = 5 * MINUTE_MS;
/** Clocks of two Lambdas differ by less than this; added when the log is searched for an id. */
export const SERVER_SKEW_MAX_MS = 1 * MINUTE_MS;
/** Far longer than ids live, because operators read the log too. */
export const COMMIT_LOG_RETENTION_MS = 30 * 24 * HOUR_MS;
export const IDEMPOTENCY_KEY_RETENTION_MS = 24 * HOUR_MS;
export const RATE_WINDOW_MS = HOUR_MS;
/** Pauses, wishes for a round, blocks and returns that a member may make in a clock hour; a leave is never refused. */
export const ROSTER_CHANGES_PER_HOUR_MAX = 30;
/**
 * Of a community, by people who are to be approved: a page of the roster. Each is kept, and told to webhooks.
 */
export const JOIN_REQUESTS_PER_HOUR_MAX = 1_000;
/**
 * How long a leave keeps the row, the blocks and the counts for a return: a quarter of a year of weekly rounds. A shorter
 * time would let a blocked person wait for its end; a longer one keeps more than an erasure should. A ban has no end.
 */
export const FORMER_MEMBER_RETENTION_MS = 90 * 24 * HOUR_MS;
/** Of a member, an hour: one in fifteen seconds. A device syncs before it contributes; what is a 304 is not counted. */
export const MODEL_READS_PER_HOUR_MAX = 240;

// Rounds.
/** What a member says of a week: 50 of 60 bytes in the member's item, which the assigner reads whole. */
export const AVAILABILITY_PERIODS_MAX = 50;
export const MEETING_MINUTES_MAX = 480;
/** An operator may withdraw a round that was published by mistake for so long. */
export const WITHDRAWAL_AGE_MAX_MS = 1 * HOUR_MS;
/** Members say whether they met for so long, and only of so many rounds, the latest ones. */
export const FEEDBACK_AGE_MAX_MS = 30 * 24 * HOUR_MS;
export const FEEDBACK_ROUNDS_MAX = 4;
/** A year of weekly rounds: who paused for misses before these is asked again. */
export const MISSES_ROUNDS_MAX = 52;

// Requests.
/** Faults of a request that its answer names. */
export const FIELD_ERRORS_MAX = 20;
export const POINTER_LENGTH_MAX = 128;
export const IDEMPOTENCY_KEY_LENGTH_MAX = 255;
export const USER_ID_LENGTH_MAX = 255;
export const PAGE_GROUPS_MAX = 200;
/** Of a member's meetings: 16 rounds of 1,000,000 rows are 64 MB while they are read. */
export const PAGE_ROUNDS_MAX = 16;
/** Of an export: 1 MB of answers. */
export const PAGE_RATINGS_MAX = 5_000;
export const PAGE_COMMITS_MAX = 100;
/**
 * Of a community: an operator who drags a slider for an hour has enough, and who looks
 * for blocks has few tries.
 */
export const PREVIEWS_PER_HOUR_MAX = 120;
export const PREVIEW_GROUPS_MIN = 3;
/** A batch reads 100 heads. */
export const PAGE_COMMUNITIES_MAX = 100;
/** Of a roster, and of lists of operators: with 16 tags of 128 characters each some 3 MB of an answer's 6. */
export const PAGE_PEOPLE_MAX = 1_000;
export const PAGE_INVITES_MAX = 1_000;
export const INVITE_USES_MAX = 1_000_000;
export const PAGE_RECOMMENDATIONS_MAX = 100;
/** With titles and links some 150 KB. */
export const PAGE_ITEMS_MAX = 500;
export const STATS_WEEKS_MAX = 53;
export const STATS_WEEKS_DEFAULT = 12;
/** Rounds that figures are made of, the latest: of a daily round those of more than a year. */
export const STATS_ROUNDS_MAX = 400;
/** Of the log, 1 MB each: of 300 members all that it holds, of 25,000 the last day or two. */
export const STATS_LOG_PAGES_MAX = 20;
export const LISTS_PER_REQUEST_MAX = 10;
/** One message takes them all: 15 KB. */
export const RATINGS_PER_REQUEST_MAX = 100;

/** With names and values of 64 characters 2 KB of a member's item, which the assigner reads whole. */
export const TAGS_PER_MEMBER_MAX = 16;

// What is told of a content item: most take 300 bytes, the largest 10 KB.
export const TAGS_PER_ITEM_MAX = 16;
export const ITEM_TITLE_LENGTH_MAX = 256;
export const ITEM_URL_LENGTH_MAX = 2048;

// Assignment.
/** An API function has 29 seconds, the gateway's 30 less one; a round that is published by schedule has no more. */
export const PUBLISH_TIME_MAX_MS = 29 * SECOND_MS;
/** A meeting older than this many half-lives weighs under 1/256 and is not read. */
export const MEETING_HALF_LIVES_MAX = 8;
/** Below this many people the affinities of all pairs are laid out (16 MB); above, they are worked out pair by pair. */
export const DENSE_PEOPLE_MAX = 2_000;
/** Pairs that a round's notes name: of three kinds, with 2 rows of 14 bytes of JSON each, 5 KB of the round's item. */
export const NOTED_PAIRS_MAX = 100;
/** Groups that a round's notes name. */
export const NOTED_GROUPS_MAX = 20;
/** More weeks than a year has; 500 people over so many rounds are 55 KB of a season's item. */
export const SEASON_ROUNDS_MAX = 53;
/** An API function has 29 s, in which 500 people are planned for 12 rounds with all of the affinity there is to gain, or for 53 with less. */
export const SEASON_PEOPLE_MAX = 500;
/** What is left of an invocation for putting people on places, repairs and writing, when the search for a schedule ends. */
export const SEASON_FINISH_MS = 12 * SECOND_MS;
/** A failed message comes back so soon after its first deliveries; after later ones with the queue's visibility timeout. */
export const RETRY_DELAYS_SECONDS = [2, 8, 32];
/** What an invocation that takes in a batch keeps back of its time to answer. */
export const ANSWER_RESERVE_MS = 1 * SECOND_MS;
/** What an invocation keeps back of its time to write and answer: two writes of up to 400 KB with all their retries. */
export const WRITE_RESERVE_MS = 3 * SECOND_MS;
/** How often a long computation says in the log that it goes on. */
export const HEARTBEAT_MS = 2 * SECOND_MS;

// Notices.
export const WEBHOOKS_PER_COMMUNITY_MAX = 10;
export const WEBHOOK_URL_LENGTH_MAX = 2048;
/**
 * EventBridge takes events of 256 KB, names and times of them included:
 * docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
export const NOTICE_BYTES_MAX = 200 * KIB;
/** A receiver has so long to answer, name look-up and TLS included. */
export const WEBHOOK_TIME_MAX_MS = 10 * SECOND_MS;
/** A notice that has not arrived for so long is given up. */
export const NOTICE_AGE_MAX_MS = 24 * HOUR_MS;
/** Who joined and left stands in notices by userId: long enough to redeliver one by hand, and no longer. */
export const NOTICE_RETENTION_MS = 7 * 24 * HOUR_MS;
/** A delivery names nobody. */
export const DELIVERY_LOG_RETENTION_MS = 30 * 24 * HOUR_MS;
export const DELIVERIES_SHOWN_MAX = 50;
/** A webhook that has only failed for so long gets nothing more until its operator says so. */
export const WEBHOOK_FAILING_MAX_MS = 5 * 24 * HOUR_MS;
/**
 * One invocation at a time delivers to a webhook; one that dies holds it for so long,
 * which is past its own end.
 */
export const WEBHOOK_CLAIM_MS = 1 * MINUTE_MS;
/** A round that is due by the cadence is told of so long before. */
export const ROUND_DUE_NOTICE_MS = 24 * HOUR_MS;
/** After a rotation both secrets sign for so long. */
export const SECRET_OVERLAP_MS = 24 * HOUR_MS;
/** Of a community: a test makes a request to wherever the operator says. */
export const WEBHOOK_TEST_INTERVAL_MS = 5 * SECOND_MS;
/** After a first failure, and at most. */
export const RETRY_NOTICE_MIN_MS = 1 * MINUTE_MS;
export const RETRY_NOTICE_MAX_MS = 2 * HOUR_MS;
/** Of why a round is published, as an operator tells it. */
export const REASON_LENGTH_MAX = 200;
