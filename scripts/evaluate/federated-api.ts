/**
 * Federated training through the embedded system: gradients are POSTed, queued, committed and read back as any client's are.
 * Each item of the dataset is a member's row, and users post under the members' tokens in turn; a device reads the model by
 * sinceVersion, and the clients of one batch share that read.
 */
import { LocalModel, readModelAnswer } from "../../src/client/local-model.ts";
import { itemGradients, solveUserFactors } from "../../src/domain/factorization.ts";
import { uniform } from "../../src/domain/random.ts";
import { sampleRows } from "../../src/domain/row-sampling.ts";
import { createUuidV7 } from "../../src/domain/uuid-v7.ts";
import { encodeValues } from "../../src/domain/value-encoding.ts";
import { startLocalSystem } from "../local/system.ts";
import type { Dataset } from "./dataset.ts";
import { learningRateAt, type TrainedModel, type Training } from "./federated.ts";
import { shuffle } from "./split.ts";

const COMMUNITY = "/communities/evaluation";
const AT_ONCE = 20;

export async function* trainThroughApi(train: Dataset, training: Training): AsyncGenerator<TrainedModel> {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  const system = await startLocalSystem();
  try {
    const call = callerOf(system.url);
    const operator = await system.token("operator", "operator");
    const names = Array.from({ length: train.itemCount }, (_, n) => `member-${n}`);
    const members = await Promise.all(names.map((name) => system.token(name)));
    await call("PUT", "", operator, { settings: settingsOf(train, training) });
    for (const token of members) await call("PUT", "/members/me", token, {});
    yield* rounds(train, training, { call, operator, members, drain: () => system.drain() });
  } finally {
    await system.stop();
  }
}

/** Until content items can be added, every item is a member, so the share of the regularization is set right by its size. */
function settingsOf(train: Dataset, { settings, people }: Training) {
  const share = people ? 1 : train.itemCount / train.users.length;
  const regularization = settings.regularization * share;
  return { ...settings, regularization, gradientsPerHourMax: null, assignmentIntervalSeconds: 900 };
}

interface Session {
  call: (method: string, path: string, token: string, body?: unknown) => Promise<string>;
  operator: string;
  members: string[];
  drain: () => Promise<void>;
}

async function* rounds(train: Dataset, training: Training, session: Session): AsyncGenerator<TrainedModel> {
  const { call, operator, members, drain } = session;
  const random = uniform(training.seed);
  const bytes = { up: 0, down: 0 };
  const read = async (sinceVersion: number | null) => {
    const since = sinceVersion === null ? "" : `&sinceVersion=${sinceVersion}`;
    const text = await call("GET", `/model?encoding=${training.encoding}${since}`, members[0]);
    return { text, answer: readModelAnswer(JSON.parse(text)) };
  };
  const model = new LocalModel((await read(null)).answer);
  const snapshots = [snapshotOf(model)];
  for (let round = 1; round <= training.rounds; round++) {
    const learningRate = learningRateAt(round, training);
    if (training.coolDown) await call("PUT", "", operator, { settings: { learningRate } });
    const order = shuffle([...train.users.keys()], random);
    for (let from = 0; from < order.length; from += training.clientsPerCommit) {
      const batch = order.slice(from, from + training.clientsPerCommit);
      const post = async (user: number) => {
        const isStale = training.staleShare > 0 && random() < training.staleShare;
        const gradient = gradientOf(user, snapshots.at(isStale ? 0 : -1)!, train, training, random);
        bytes.up += JSON.stringify(gradient).length;
        await call("POST", "/gradients", members[user % members.length], gradient);
      };
      for (let n = 0; n < batch.length; n += AT_ONCE)
        await Promise.all(batch.slice(n, n + AT_ONCE).map(post));
      await drain();
      const { text, answer } = await read(model.modelVersion);
      model.merge(answer);
      bytes.down += text.length * batch.length;
      snapshots.push(snapshotOf(model));
      if (snapshots.length > training.staleCommits + 1) snapshots.shift();
    }
    const [bytesUpPerUser, bytesDownPerUser] = [bytes.up / order.length, bytes.down / order.length];
    yield {
      items: model.items.slice(),
      commits: model.modelVersion,
      rounds: round,
      bytesUpPerUser,
      bytesDownPerUser,
    };
  }
}

/** The model as it was at one version. */
function snapshotOf({ modelVersion, items, gram }: LocalModel) {
  return { modelVersion, items: items.slice(), gram: gram.slice() };
}

function gradientOf(
  user: number,
  { modelVersion, items, gram }: ReturnType<typeof snapshotOf>,
  train: Dataset,
  { settings, encoding, rowsAim, people }: Training,
  random: () => number,
) {
  const ratings = people ? { ...train.users[user], ownRow: user } : train.users[user];
  const width = settings.factors + 1;
  const everyRow = Uint32Array.from({ length: items.length / width }, (_, row) => row);
  const userFactors = solveUserFactors(items, ratings, settings, gram);
  const dense = itemGradients(items, ratings, settings, userFactors, everyRow);
  const { rows, values } = sampleRows(dense, width, rowsAim ?? Number.POSITIVE_INFINITY, random);
  const id = createUuidV7(Date.now(), random);
  return { id, modelVersion, rows: Array.from(rows), ...encodeValues(values, width, encoding) };
}

/** A caller of one server that answers texts and takes nothing but success. */
function callerOf(url: string): Session["call"] {
  return async (method, path, token, body) => {
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const response = await fetch(url + COMMUNITY + path, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text;
  };
}
