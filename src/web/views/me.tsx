/** What an app shows a member, all of it by the SDK: their group, people to rate, what their device sends. */
import { useSignal } from "@preact/signals";
import { ApiError } from "../../client/api.ts";
import type { TertuliaClient } from "../../client/client.ts";
import { endIfExpired } from "../calls.ts";
import { type Availability, deviceOf } from "../device.ts";
import { useAction, useLoaded } from "../loaded.ts";
import { ME_TEXTS as T } from "../texts/me.ts";
import type { MemberViewProps } from "../view-props.ts";
import { Done, ErrorNote, Shown, SureButton, TextField } from "../widgets.tsx";
import { AvailabilityForm } from "./availability.tsx";
import { BlockList } from "./blocks.tsx";
import { Contribute } from "./contribute.tsx";
import { Met, MyGroup } from "./my-group.tsx";
import { RatingList, readRatables } from "./rating-list.tsx";

/** What the person is here; null for nobody. */
async function readMembership(device: TertuliaClient) {
  try {
    return await device.membership();
  } catch (error) {
    endIfExpired(error);
    const isOutside = error instanceof ApiError && ["unknown-community", "not-a-member"].includes(error.type);
    if (isOutside) return null;
    throw error;
  }
}

function Join({ device, onJoined }: { device: TertuliaClient; onJoined: () => void }) {
  const invite = useSignal("");
  const action = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    void action.run(async () => {
      await device.join(invite.value.trim() === "" ? {} : { invite: invite.value.trim() });
      onJoined();
    });
  };
  return (
    <form class="card" onSubmit={submit}>
      <p>{T.notIn}</p>
      <ErrorNote error={action.error.value} />
      <TextField label={T.invite} text={invite} />
      <button type="submit" disabled={action.isRunning.value}>
        {T.join}
      </button>
    </form>
  );
}

interface HomeProps {
  device: TertuliaClient;
  ownId: string;
  availability: Availability | null;
  moment: number;
  onLeft: () => void;
}

function Home({ device, ownId, availability, moment, onLeft }: HomeProps) {
  const turn = useSignal(0);
  const action = useAction();
  const version = useLoaded(async () => (await device.sync()).modelVersion, [moment]);
  const group = useLoaded(() => device.assignment(), [moment]);
  const ratables = useLoaded(
    async () => (version.value.value === undefined ? null : await readRatables(device, ownId)),
    [version.value.value, turn.value],
  );
  const blockTurn = useSignal(0);
  const blocks = useLoaded(() => device.blocks(), [blockTurn.value]);
  const reloadBlocks = () => {
    blockTurn.value++;
  };
  const again = () => {
    turn.value++;
  };
  const leave = () =>
    void action.run(async () => {
      await device.leave();
      onLeft();
    });
  const forget = () =>
    void action.run(async () => {
      await device.forget();
      await device.membership();
      await device.sync();
      again();
    });
  return (
    <>
      <div class="cards">
        <Shown of={group}>
          {(assignment) => <MyGroup device={device} assignment={assignment} ownId={ownId} />}
        </Shown>
        <Contribute device={device} onSent={again} />
        <AvailabilityForm device={device} known={availability} />
      </div>
      <Met device={device} moment={moment} />
      <Shown of={blocks}>{(blocked) => <BlockList {...{ device, blocked }} onChange={reloadBlocks} />}</Shown>
      <h3>{T.rate}</h3>
      <p class="quiet">
        {T.rateHint} {version.value.value !== undefined && T.version(version.value.value)}
      </p>
      <ErrorNote error={version.value.error} />
      <Shown of={ratables}>
        {(list) =>
          list && (
            <RatingList
              {...{ device, list }}
              blocked={blocks.value.value ?? []}
              onRated={again}
              onBlock={reloadBlocks}
            />
          )
        }
      </Shown>
      <ErrorNote error={action.error.value} />
      <div class="row">
        <SureButton label={T.leave} onSure={leave} />
        <SureButton label={T.forget} onSure={forget} />
      </div>
      <small class="quiet">{T.leaveHint}</small>
    </>
  );
}

export function Me({ name, userId, moment }: MemberViewProps) {
  const device = deviceOf(name, userId);
  const turn = useSignal(0);
  const membership = useLoaded(() => readMembership(device), [name, userId, turn.value]);
  const again = () => {
    turn.value++;
  };
  return (
    <section>
      <h2>{T.heading}</h2>
      <Shown of={membership}>
        {(is) => {
          if (is === null) return <Join device={device} onJoined={again} />;
          if (is.status !== "member") return <Done>{T.waiting}</Done>;
          const { availability = null } = is as typeof is & { availability?: Availability | null };
          return <Home {...{ device, availability, moment }} ownId={is.memberId} onLeft={again} />;
        }}
      </Shown>
    </section>
  );
}
