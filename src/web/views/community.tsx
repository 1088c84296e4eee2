/** One community: what it is now, polled, and the views of whoever looks at it. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { ApiError } from "../../client/api.ts";
import type { Community, Place } from "../answers.ts";
import { callsOf, get } from "../calls.ts";
import { useLoaded } from "../loaded.ts";
import { usePolling } from "../polling.ts";
import { addressOf } from "../router.ts";
import { PAGE_TEXTS } from "../texts/page.ts";
import type { ViewProps } from "../view-props.ts";
import { ErrorNote, Shown, timeText } from "../widgets.tsx";
import { Health } from "./health.tsx";
import { Imports } from "./imports.tsx";
import { Learning } from "./learning.tsx";
import { Me } from "./me.tsx";
import { Members } from "./members.tsx";
import { Notices } from "./notices.tsx";
import { OutboxView } from "./outbox.tsx";
import { Plan } from "./plan.tsx";
import { Rounds } from "./rounds.tsx";
import { SettingsView } from "./settings.tsx";
import { Story } from "./story.tsx";

const OPERATOR_VIEWS = {
  story: Story,
  round: Rounds,
  members: Members,
  plan: Plan,
  settings: SettingsView,
  learning: Learning,
  imports: Imports,
  notices: Notices,
  health: Health,
} as const satisfies Record<string, (props: ViewProps) => ComponentChildren>;
const MEMBER_VIEWS = { me: Me, outbox: OutboxView } as const;
type Tab = keyof typeof OPERATOR_VIEWS | keyof typeof MEMBER_VIEWS;

function Tabs({ name, tabs, open }: { name: string; tabs: Tab[]; open: Tab }) {
  return (
    <nav class="tabs" aria-label={name}>
      {tabs.map((tab) => (
        <a key={tab} href={addressOf("c", name, tab)} aria-current={tab === open ? "page" : undefined}>
          {PAGE_TEXTS.tabs[tab]}
        </a>
      ))}
    </nav>
  );
}

function Facts({ community }: { community: Community }) {
  const { memberCount, modelVersion, round, nextRoundAt } = community;
  const next = nextRoundAt ? timeText(nextRoundAt) : PAGE_TEXTS.head.byHand;
  const facts = { members: memberCount, version: modelVersion, draft: round, next } as const;
  return (
    <dl class="facts">
      {(["members", "version", "draft", "next"] as const).map((name) => (
        <div key={name}>
          <dt>{PAGE_TEXTS.head[name]}</dt>
          <dd>{facts[name]}</dd>
        </div>
      ))}
    </dl>
  );
}

interface Caller {
  userId: string;
  isOperator: boolean;
}

/** Who looks, and whether they run this community: by name, or by their token's scope all of them. */
async function readCaller(name: string): Promise<Caller> {
  const { userId, communities } = await get<{ userId: string; communities: Place[] }>("/me");
  const here = communities.find(({ community }) => community === name);
  if (here) return { userId, isOperator: here.isOperator };
  const isOperator = await callsOf(name)
    .get("/operators")
    .then(
      () => true,
      (error) => {
        if (error instanceof ApiError && [403, 404].includes(error.status)) return false;
        throw error;
      },
    );
  return { userId, isOperator };
}

export function CommunityView({ community: name, words }: { community: string; words: string[] }) {
  const community = useSignal<Community | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const moment = useSignal(0);
  const hadChanged = useSignal(false);
  const caller = useLoaded(() => readCaller(name), [name]);
  const refresh = async () => {
    try {
      const read = await callsOf(name).get<Community>("");
      const hasChanged = JSON.stringify(read) !== JSON.stringify(community.value);
      // The draft follows the model a little later, so a change is looked after twice.
      if (hasChanged || hadChanged.value) moment.value++;
      hadChanged.value = hasChanged;
      community.value = read;
      error.value = undefined;
    } catch (thrown) {
      error.value = thrown;
    }
  };
  usePolling(refresh, [name]);
  return (
    <Shown of={caller}>
      {({ userId, isOperator }) => {
        const tabs = [
          ...(isOperator ? Object.keys(OPERATOR_VIEWS) : []),
          ...Object.keys(MEMBER_VIEWS),
        ] as Tab[];
        const open = tabs.find((tab) => tab === words[0]) ?? (isOperator ? "round" : "me");
        return (
          <>
            <h1>{name}</h1>
            {community.value && <Facts community={community.value} />}
            <Tabs name={name} tabs={tabs} open={open} />
            <Open
              {...{ name, userId, open, words, refresh }}
              of={community.value}
              moment={moment.value}
              error={error.value}
            />
          </>
        );
      }}
    </Shown>
  );
}

interface OpenProps {
  name: string;
  userId: string;
  open: Tab;
  of: Community | undefined;
  moment: number;
  words: string[];
  error: unknown;
  refresh: () => Promise<void>;
}

function Open({ name, userId, open, of: community, moment, words, error, refresh }: OpenProps) {
  if (open === "me" || open === "outbox") {
    const View = MEMBER_VIEWS[open];
    return <View name={name} userId={userId} moment={moment} />;
  }
  if (!community) return error ? <ErrorNote error={error} /> : <p class="quiet">{PAGE_TEXTS.loading}</p>;
  const View = OPERATOR_VIEWS[open];
  return (
    <>
      <ErrorNote error={error} />
      <View community={community} moment={moment} words={words.slice(1)} refresh={refresh} />
    </>
  );
}
