/** What a member may send: a gradient, and their user factors if they choose to. */
import { useSignal } from "@preact/signals";
import type { TertuliaClient } from "../../client/client.ts";
import { useAction } from "../loaded.ts";
import { noteAction } from "../polling.ts";
import { ME_TEXTS as T } from "../texts/me.ts";
import { Done, ErrorNote } from "../widgets.tsx";

interface ContributeProps {
  device: TertuliaClient;
  onSent: () => void;
}

async function contribute(device: TertuliaClient): Promise<string> {
  await device.sync();
  const contribution = await device.contribute();
  if (contribution.outcome === "sent") return T.sent(contribution.modelVersion);
  if (contribution.outcome === "ratings-sent") return T.ratingsSent(contribution.sent);
  if (contribution.outcome === "nothing-new") return T.nothing[contribution.reason];
  return T.stopped[contribution.outcome];
}

export function Contribute({ device, onSent }: ContributeProps) {
  const said = useSignal<string | null>(null);
  const action = useAction();
  const act = (work: () => Promise<string>) =>
    void action.run(async () => {
      said.value = await work();
      noteAction();
      onSent();
    });
  const share = async () => {
    await device.sync();
    await device.shareUserFactors();
    return T.shared;
  };
  const unshare = async () => {
    await device.unshare();
    return T.unshared;
  };
  const isBusy = action.isRunning.value;
  return (
    <section class="card">
      <h3>{T.contribute}</h3>
      <p class="quiet">{T.contributeHint}</p>
      <ErrorNote error={action.error.value} />
      <Done>{said.value}</Done>
      <div class="row">
        <button type="button" disabled={isBusy} onClick={() => act(() => contribute(device))}>
          {T.contribute}
        </button>
      </div>
      <p class="quiet">{T.shareHint}</p>
      <div class="row">
        <button type="button" class="plain" disabled={isBusy} onClick={() => act(share)}>
          {T.share}
        </button>
        <button type="button" class="plain" disabled={isBusy} onClick={() => act(unshare)}>
          {T.unshare}
        </button>
      </div>
    </section>
  );
}
