/**
 * Learning over time: the model's steps with their senders and what was rejected, kept versions, and the
 * liking by rounds.
 */
import type { Commit, RoundSummary } from "../answers.ts";
import { callsOf } from "../calls.ts";
import { useLoaded } from "../loaded.ts";
import { Chart } from "../picture/chart.tsx";
import { LEARNING_TEXTS as T } from "../texts/learning.ts";
import type { ViewProps } from "../view-props.ts";
import { Shown, Table, When } from "../widgets.tsx";
import { Versions } from "./versions.tsx";

/** Three pages of the log. */
const COMMITS_SHOWN = 300;
const ROWS_SHOWN = 20;

interface HistoryPage {
  commits: Commit[];
  next?: number;
}

function reasonsOf({ reasons, restored, senders, applied }: Commit): string {
  if (restored !== undefined) return T.restoredFrom(restored);
  if (senders === undefined && applied === 0) return T.leave;
  return Object.entries(reasons)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(", ");
}

function CommitTable({ commits }: { commits: readonly Commit[] }) {
  const columns = [T.version, T.when, T.senders, T.norm, T.applied, T.rejected, T.reasons];
  const rows = commits.map((commit) => {
    const { modelVersion, committedAt, senders = "", gradientNorm, applied, rejected } = commit;
    const when = <When at={committedAt} />;
    const cells = [
      modelVersion,
      when,
      senders,
      gradientNorm.toFixed(2),
      applied,
      rejected,
      reasonsOf(commit),
    ];
    return { key: modelVersion, cells };
  });
  return <Table caption={T.commits} columns={columns} rows={rows} />;
}

function History({ commits }: { commits: readonly Commit[] }) {
  if (commits.length === 0) return <p>{T.noCommits}</p>;
  const versions = commits.map(({ modelVersion }) => modelVersion);
  const sums = commits.filter(({ senders }) => senders !== undefined);
  return (
    <>
      <div class="cards">
        <figure>
          <figcaption>{T.norm}</figcaption>
          <Chart label={T.norm} x={versions} y={commits.map(({ gradientNorm }) => gradientNorm)} />
        </figure>
        <figure>
          <figcaption>{T.senders}</figcaption>
          <Chart
            label={T.senders}
            x={sums.map(({ modelVersion }) => modelVersion)}
            y={sums.map(({ senders }) => senders ?? null)}
          />
        </figure>
      </div>
      <h3>{T.commits}</h3>
      <CommitTable commits={commits.slice(-ROWS_SHOWN).reverse()} />
    </>
  );
}

function Quality({ community, moment }: { community: string; moment: number }) {
  const rounds = useLoaded(
    () =>
      callsOf(community).get<{
        rounds: (RoundSummary & { groupSizes: { size: number; groups: number }[] })[];
      }>("/rounds"),
    [community, moment],
  );
  return (
    <Shown of={rounds}>
      {({ rounds: newest }) => {
        if (newest.length < 2) return null;
        const list = newest.toReversed();
        const pairs = list.map(({ groupSizes }) =>
          groupSizes.reduce((sum, { size, groups }) => sum + (groups * size * (size - 1)) / 2, 0),
        );
        const means = list.map(({ quality }, n) => quality.totalAffinity / Math.max(1, pairs[n]));
        return (
          <figure>
            <figcaption>{T.quality}</figcaption>
            <Chart label={T.quality} x={list.map(({ round }) => round)} y={means} />
            <details>
              <summary>{T.asTable}</summary>
              <ol>
                {list.map(({ round }, n) => (
                  <li key={round} value={round}>
                    {means[n].toFixed(3)}
                  </li>
                ))}
              </ol>
            </details>
          </figure>
        );
      }}
    </Shown>
  );
}

export function Learning({ community, moment, refresh }: ViewProps) {
  const { community: name, modelVersion } = community;
  const commits = useLoaded(async () => {
    const read: Commit[] = [];
    let from: number | undefined = Math.max(1, modelVersion - COMMITS_SHOWN + 1);
    while (from !== undefined) {
      const page: HistoryPage = await callsOf(name).get<HistoryPage>(`/history?from=${from}`);
      read.push(...page.commits);
      from = page.next;
    }
    return read;
  }, [name, modelVersion]);
  return (
    <section>
      <h2>{T.heading}</h2>
      <Shown of={commits}>{(list) => <History commits={list} />}</Shown>
      <Quality community={name} moment={moment} />
      <Versions community={community} refresh={refresh} />
    </section>
  );
}
