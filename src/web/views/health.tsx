/** What waits and what is late, and what has become of the community week by week. */
import { callsOf } from "../calls.ts";
import { useLoaded } from "../loaded.ts";
import { HEALTH_TEXTS as T } from "../texts/health.ts";
import type { ViewProps } from "../view-props.ts";
import { Shown, Table, When } from "../widgets.tsx";

interface Operations {
  queues: { queue: string; waiting?: number; inFlight?: number; deadLetters: number }[];
  sums: { open: { gradients: number; senders: number }; waiting: number; stalled: number };
}

interface Stats {
  weeks: {
    week: string;
    joined: number;
    contributions: { applied: number; rejected: number } | null;
    rounds: number;
    metBefore: number | null;
    affinity: number | null;
  }[];
}

const percent = (share: number | null): string => (share === null ? "" : `${Math.round(100 * share)}%`);

export function Health({ community: { community }, moment }: ViewProps) {
  const calls = callsOf(community);
  const operations = useLoaded(() => calls.get<Operations>("/operations"), [community, moment]);
  const stats = useLoaded(() => calls.get<Stats>("/stats"), [community, moment]);
  return (
    <section>
      <h2>{T.heading}</h2>
      <Shown of={operations}>
        {({ queues, sums }) => (
          <>
            <h3>{T.sums}</h3>
            <p>
              {T.open(sums.open.gradients, sums.open.senders)} {T.waiting(sums.waiting, sums.stalled)}
            </p>
            <h3>{T.queues}</h3>
            <Table
              caption={T.queues}
              columns={[T.queue, T.waits, T.inFlight, T.deadLetters]}
              rows={queues.map(({ queue, waiting = "", inFlight = "", deadLetters }) => ({
                key: queue,
                cells: [queue, waiting, inFlight, deadLetters],
              }))}
            />
          </>
        )}
      </Shown>
      <h3>{T.weeks}</h3>
      <Shown of={stats}>
        {({ weeks }) => (
          <Table
            caption={T.weeks}
            columns={[T.week, T.joined, T.applied, T.rejected, T.rounds, T.metBefore, T.affinity]}
            rows={weeks.map(({ week, joined, contributions, rounds, metBefore, affinity }) => ({
              key: week,
              cells: [
                <When at={week} />,
                joined,
                contributions?.applied ?? "",
                contributions?.rejected ?? "",
                rounds,
                percent(metBefore),
                affinity?.toFixed(2) ?? "",
              ],
            }))}
          />
        )}
      </Shown>
    </section>
  );
}
