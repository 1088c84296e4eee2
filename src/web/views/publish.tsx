/** Publishing the draft, once however often it is pressed, and withdrawing the latest round. */
import { useSignal } from "@preact/signals";
import { ApiError } from "../../client/api.ts";
import { callsOf } from "../calls.ts";
import { useAction } from "../loaded.ts";
import { go } from "../router.ts";
import { ROUNDS_TEXTS as T } from "../texts/rounds.ts";
import type { ViewProps } from "../view-props.ts";
import { Done, ErrorNote, SureButton } from "../widgets.tsx";

const KEY = "tertulia.publish";

/** One key a draft, kept over a reload, so the round is published once however often the button is pressed. */
function publishKeyOf(community: string, round: number): string {
  const name = `${KEY}/${community}/${round}`;
  const key = sessionStorage.getItem(name) ?? crypto.randomUUID();
  sessionStorage.setItem(name, key);
  return key;
}

export function Publish({ community, refresh }: Pick<ViewProps, "community" | "refresh">) {
  const { run, error, isRunning } = useAction();
  const published = useSignal<number | null>(null);
  const isTooSoon = error.value instanceof ApiError && error.value.type === "round-too-soon";
  const publish = (body?: { force: true }) =>
    run(async () => {
      const headers = { "idempotency-key": publishKeyOf(community.community, community.round) };
      const { round } = await callsOf(community.community).post<{ round: number }>("/rounds", body, headers);
      published.value = round;
      await refresh();
    });
  return (
    <section class="publish">
      <ErrorNote error={error.value} />
      <Done>{published.value === null ? null : T.publishedNow(published.value)}</Done>
      <button type="button" disabled={isRunning.value} onClick={() => void publish()}>
        {isRunning.value ? T.publishing : T.publish}
      </button>
      {isTooSoon && <SureButton label={T.publishAnyway} onSure={() => void publish({ force: true })} />}
      <small class="quiet">{T.publishHint}</small>
    </section>
  );
}

interface WithdrawProps extends Pick<ViewProps, "community" | "refresh"> {
  round: number;
}

/** The latest round, as long as it can still be as if it never was. */
export function Withdraw({ community: { community }, round, refresh }: WithdrawProps) {
  const { run, error, isRunning } = useAction();
  const withdraw = () =>
    run(async () => {
      await callsOf(community).remove(`/rounds/${round}`);
      go("c", community, "round", "draft");
      await refresh();
    });
  return (
    <section class="publish">
      <ErrorNote error={error.value} />
      <SureButton label={T.withdraw} isDisabled={isRunning.value} onSure={() => void withdraw()} />
      <small class="quiet">{T.withdrawHint}</small>
    </section>
  );
}
