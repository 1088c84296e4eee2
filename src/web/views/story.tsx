/** How it works, in a picture of this community: locked devices, the funnel of a sum, the model, the groups. */
import { useSignal } from "@preact/signals";
import type { Commit, Community, Round } from "../answers.ts";
import { callsOf } from "../calls.ts";
import { useLoaded } from "../loaded.ts";
import type { NameOf } from "../names.ts";
import { Funnel } from "../picture/funnel.tsx";
import { PAGE_TEXTS } from "../texts/page.ts";
import { STORY_TEXTS as T } from "../texts/story.ts";
import type { ViewProps } from "../view-props.ts";
import { Shown } from "../widgets.tsx";
import { RoundSteps, RoundView, ShownRound, useRound } from "./rounds.tsx";
import { WhatIf } from "./what-if.tsx";

/** The last step that was a sum, among the latest hundred. */
async function readLastSum({ community, modelVersion }: Community): Promise<Commit | null> {
  const from = Math.max(1, modelVersion - 98);
  const { commits } = await callsOf(community).get<{ commits: Commit[] }>(`/history?from=${from}`);
  return commits.findLast(({ senders }) => senders !== undefined) ?? null;
}

function Explained({ community, round, nameOf }: { community: Community; round: Round; nameOf: NameOf }) {
  const lastSum = useLoaded(() => readLastSum(community), [community.community, community.modelVersion]);
  const names = round.groups.flatMap(({ members }) => members.map(({ memberId }) => nameOf(memberId)));
  const sorted = names.sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  return (
    <Shown of={lastSum}>
      {(sum) => (
        <Funnel
          names={sorted}
          needed={Number(community.settings.sumMembersMin)}
          senders={sum?.senders ?? null}
          modelVersion={community.modelVersion}
        />
      )}
    </Shown>
  );
}

export function Story(props: ViewProps) {
  const { community, refresh } = props;
  const { round, names, shown } = useRound(props);
  const preview = useSignal<Round | undefined>(undefined);
  return (
    <section class="story">
      <h2 class="hidden">{PAGE_TEXTS.tabs.story}</h2>
      <p class="lead">{T.lead}</p>
      <ShownRound {...{ round, names }}>
        {(read, nameOf) => (
          <>
            <Explained community={community} round={read} nameOf={nameOf} />
            <p>{T.rounds}</p>
            <RoundSteps community={community} shown={shown} base={["c", community.community, "story"]} />
            <div class={read.state === "draft" ? "beside" : ""}>
              <div>
                <RoundView round={read} nameOf={nameOf} preview={preview} />
              </div>
              {read.state === "draft" && (
                <WhatIf community={community} draft={read} preview={preview} refresh={refresh} />
              )}
            </div>
          </>
        )}
      </ShownRound>
    </section>
  );
}
