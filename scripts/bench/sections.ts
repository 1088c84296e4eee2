/** What each measurement is to reach, and how its figures read. */
import type { BundleFigures } from "./bundles.ts";
import type { ClientFigures } from "./client.ts";
import type { ConsoleFigures } from "./console.ts";
import type { ConsumerFigures } from "./consumer.ts";
import type { LargeFigures } from "./large.ts";
import type { RecommendationFigures } from "./recommendations.ts";
import { amount, type Goal, type Section, table } from "./report.ts";
import type { SubmitFigures, Throughput } from "./submit.ts";
import type { SyncFigures } from "./sync.ts";

const PER_SECOND_GOAL = 1_500;
const TIMES_REFERENCE_GOAL = 20;
const CONSUMER_RATIO_GOAL = 2;
const BUNDLE_BYTES_GOAL = 250_000;
const IMPORT_MS_GOAL = 120;
const SOLVE_MS_GOAL = 20;
const RUN_SECONDS_GOAL = 60;
const RECOMMENDATIONS_MS_GOAL = 100;
const CONSOLE_BYTES_GOAL = 200_000;

const cpuOf = ({ cpuMs }: Throughput): number => cpuMs.main + cpuMs.otherThreads + cpuMs.children;

function throughputRow(name: string, figures: Throughput): string[] {
  const { cpuMs, accepted, applied, seconds, perSecond, commits } = figures;
  return [
    name,
    amount(perSecond, perSecond < 100 ? 1 : 0),
    amount(accepted),
    amount(applied),
    amount(seconds, 1),
    amount(commits),
    amount(cpuMs.main, 2),
    amount(cpuOf(figures), 2),
    amount(cpuMs.generator, 2),
  ];
}

export function submitSection(figures: SubmitFigures, cores: number): Section {
  const { product, reference, referenceAlone, bodyBytes } = figures;
  const times = product.perSecond / reference.perSecond;
  const ceiling = Math.min(
    1000 / product.cpuMs.main,
    (1000 * cores) / (cpuOf(product) + product.cpuMs.generator),
  );
  const head = ["", "a second", "accepted", "applied", "s", "commits", "ms main", "ms CPU", "ms load"];
  return {
    title: `(a) submit: from POST to applied; 300 members, 64 rows x 17 values, f32, ${amount(bodyBytes)} bytes`,
    lines: [
      ...table([
        head,
        throughputRow("this system, 64 connections", product),
        throughputRow("reference, 64 connections", reference),
        throughputRow("reference, 1 connection", referenceAlone),
      ]),
      "reference: each POST reads, changes and writes the whole matrix under an optimistic lock; same HTTP server and store",
      "ms: CPU a gradient, of the main thread, of the system with its database and queues, and of the load generator",
      `by CPU alone ${cores} cores to itself would allow this system ${amount(ceiling)} a second`,
    ],
    goals: [
      {
        goal: `${TIMES_REFERENCE_GOAL} x the reference`,
        measured: `${amount(times)} x; ${amount(product.perSecond / referenceAlone.perSecond, 1)} x the reference that nobody disturbs`,
        met: times >= TIMES_REFERENCE_GOAL,
      },
      {
        goal: `${amount(PER_SECOND_GOAL)} gradients a second`,
        measured: amount(product.perSecond),
        met: product.perSecond >= PER_SECOND_GOAL,
      },
    ],
  };
}

export function consumerSection(figures: ConsumerFigures[]): Section {
  const ratio = ({ productUs, referenceUs }: ConsumerFigures) => productUs / referenceUs;
  const head = ["posted as", "bytes posted", "queued", "us consumer", "us reference", "ratio"];
  const rows = figures.map((each) => [
    each.encoding,
    amount(each.postedBytes),
    amount(each.queuedBytes),
    amount(each.productUs, 1),
    amount(each.referenceUs, 1),
    amount(ratio(each), 2),
  ]);
  return {
    title: "(b) consumer: CPU a gradient; 64 rows x 33 values, 100 a batch, 300 rows, adam",
    lines: [
      ...table([head, ...rows]),
      "consumer: from the SQS body to the encoded blocks and log item; it finds what was posted as one flat binary message",
      "reference: JSON.parse and a copy of the bytes that were posted",
    ],
    goals: figures.map((each) => ({
      goal: `${each.encoding} under ${CONSUMER_RATIO_GOAL} x the reference`,
      measured: `${amount(ratio(each), 2)} x`,
      met: ratio(each) < CONSUMER_RATIO_GOAL,
    })),
  };
}

export function bundlesSection(figures: BundleFigures[]): Section {
  const rows = figures.map(({ name, minifiedBytes, importMsMedian }) => [
    name,
    amount(minifiedBytes),
    amount(importMsMedian, 1),
  ]);
  const api = figures.filter(({ name }) => !/^(apply|assign|run)-/.test(name)); // those that nobody waits for
  const largest = Math.max(...api.map((each) => each.minifiedBytes));
  const slowest = Math.max(...api.map((each) => each.importMsMedian));
  const over = api.filter((each) => each.minifiedBytes >= BUNDLE_BYTES_GOAL).length;
  const goals: Goal[] = [
    {
      goal: `each API function under ${amount(BUNDLE_BYTES_GOAL)} bytes`,
      measured: `largest ${amount(largest)}, ${over} of ${api.length} over`,
      met: largest < BUNDLE_BYTES_GOAL,
    },
    {
      goal: `each API function imported within ${IMPORT_MS_GOAL} ms`,
      measured: `slowest ${amount(slowest)} ms`,
      met: slowest < IMPORT_MS_GOAL,
    },
  ];
  const lines = table([["function", "minified bytes", "ms import, median"], ...rows]);
  return { title: "(d) bundles", lines, goals };
}

export function clientSection(figures: ClientFigures): Section {
  const { syncMs, mergeMs, solveMs, gradientMs, run, numpy } = figures;
  const rows = [
    ["sync: the whole model", `${amount(syncMs, 2)} ms`, ""],
    ["sync: 1,000 changed rows", `${amount(mergeMs, 2)} ms`, ""],
    ["train: one solve", `${amount(solveMs, 2)} ms`, numpy ? `${amount(numpy.solveMs, 2)} ms` : "not here"],
    ["contribute: the dense gradient", `${amount(gradientMs, 2)} ms`, ""],
    [
      "the federated run",
      `${amount(run.cpuSeconds, 1)} s`,
      numpy ? `${amount(numpy.runSeconds, 1)} s` : "not here",
    ],
  ];
  return {
    title: `(e) client: CPU of one core; 10,000 items, K=32, 100 ratings, int8; a run of ${amount(run.clients)} clients, ${amount(run.items)} items, K=16, ${amount(run.rounds)} rounds`,
    lines: [
      ...table([["", "this system", "numpy"], ...rows]),
      numpy
        ? "numpy: the same arithmetic, client by client, on one thread"
        : "numpy: not here, since this machine's python3 has none (`pip install numpy` brings it)",
    ],
    goals: [
      {
        goal: `a solve after sync under ${SOLVE_MS_GOAL} ms`,
        measured: `${amount(solveMs, 2)} ms`,
        met: solveMs < SOLVE_MS_GOAL,
      },
      {
        goal: `a federated run under ${RUN_SECONDS_GOAL} s`,
        measured: `${amount(run.cpuSeconds, 1)} s of one core, ${amount(run.clockSeconds, 1)} s by the clock`,
        met: run.cpuSeconds < RUN_SECONDS_GOAL,
      },
    ],
  };
}

const SYNC_SECONDS_GOAL = 600;

export function syncSection({ devices, served, seconds, cpuMs, paper, ...bytes }: SyncFigures): Section {
  const { lambdaMs, concurrency, s3Gets, readUnitsEach, dollars, transferDollars } = paper;
  return {
    title: `(g) sync: ${amount(devices)} devices ask for a delta of all ${amount(devices)} rows, i8, K = 16`,
    lines: [
      ...table([
        ["served", "seconds", "a second", "ms CPU each", "bytes each, brotli", "bytes of JSON"],
        [
          amount(served),
          amount(seconds, 1),
          amount(served / seconds, 1),
          amount(cpuMs, 1),
          amount(bytes.bytesEach),
          amount(bytes.plainBytesEach),
        ],
      ]),
      "ms CPU: of gateway, handler, stores and the devices' side together, which share a process here",
      `on AWS, spread over ten minutes with a commit every six seconds: ${amount(lambdaMs)} ms of Lambda each at 512 MB, so ${amount(concurrency)} at once;`,
      `${amount(s3Gets)} S3 gets, as each instance reads two blocks anew after a commit; ${amount(readUnitsEach, 1)} read units each;`,
      `$${dollars.toFixed(3)} for all, and $${transferDollars.toFixed(2)} for the bytes out beyond the 100 GB a month that are free`,
    ],
    goals: [
      {
        goal: `all ${amount(devices)} served within ten minutes`,
        measured: `${amount(served)} in ${amount(seconds)} s`,
        met: served === devices && seconds < SYNC_SECONDS_GOAL,
      },
    ],
  };
}

export function largeSection({ members, steps, blocks, ...delta }: LargeFigures): Section {
  const rows = steps.map(({ what, ms, peakMb }) => [what, amount(ms), amount(peakMb)]);
  return {
    title: `(f) large: a generated community of ${amount(members)} members, K = 16, ${blocks} matrix blocks`,
    lines: [
      ...table([["", "ms", "peak MB"], ...rows]),
      `the delta names ${amount(delta.deltaRows)} rows in ${amount(delta.deltaBytes)} bytes; the draft took ${amount(delta.evaluations)} evaluations`,
      "against the embedded stores; peak MB: of the whole process, with the generated data and the queue server, until that step",
    ],
    goals: [],
  };
}

export function recommendationsSection(figures: RecommendationFigures): Section {
  const { items, lists, same, warmCpuMs, plainCpuMs, coldCpuMs, coldReadUnits, warmReadUnits } = figures;
  return {
    title: `(h) recommendations: ${lists} lists of 25 out of ${amount(items)} content items, K = 16, 100 ratings`,
    lines: [
      ...table([
        ["", "ms CPU", "read units"],
        ["a call, from event to answer", amount(warmCpuMs, 1), amount(warmReadUnits, 1)],
        ["the first call of an instance", amount(coldCpuMs, 1), amount(coldReadUnits, 1)],
        ["a plain scan for each list, without model and reads", amount(plainCpuMs, 1), ""],
      ]),
      "CPU of the function's thread, against the embedded stores; the median of 20 calls",
    ],
    goals: [
      {
        goal: `${lists} lists within ${RECOMMENDATIONS_MS_GOAL} ms of CPU`,
        measured: `${amount(warmCpuMs, 1)} ms`,
        met: warmCpuMs < RECOMMENDATIONS_MS_GOAL,
      },
      { goal: "the lists of a plain scan", measured: same ? "the same" : "others", met: same },
    ],
  };
}

export function consoleSection({ files, interactiveMs, slowed }: ConsoleFigures): Section {
  const rows = files.map(({ name, bytes, gzippedBytes }) => [name, amount(bytes), amount(gzippedBytes)]);
  const weigh = (isOfDocs: boolean) =>
    files.reduce((sum, file) => sum + (file.isOfDocs === isOfDocs ? file.gzippedBytes : 0), 0);
  const gzippedBytes = weigh(false);
  return {
    title: "console: what a browser loads of it",
    lines: [
      ...table([["", "bytes", "gzipped"], ...rows]),
      `documents, each loaded when it is opened: ${amount(weigh(true))} bytes gzipped`,
      `usable ${amount(interactiveMs)} ms after the navigation: cold, CPU slowed ${slowed} times, on this machine's loopback`,
    ],
    goals: [
      {
        goal: `under ${amount(CONSOLE_BYTES_GOAL)} bytes gzipped, all files but documents`,
        measured: `${amount(gzippedBytes)}`,
        met: gzippedBytes < CONSOLE_BYTES_GOAL,
      },
    ],
  };
}
