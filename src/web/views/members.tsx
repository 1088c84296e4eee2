/** The people of a community: who waits, who is in, who is banned; their tags; invitations. */
import { useSignal } from "@preact/signals";
import type { Person } from "../answers.ts";
import { type CommunityCalls, callsOf, everyPage } from "../calls.ts";
import { type Action, useAction, useLoaded } from "../loaded.ts";
import { shortHandle } from "../names.ts";
import { COMMUNITIES_TEXTS } from "../texts/communities.ts";
import { MEMBERS_TEXTS as T } from "../texts/members.ts";
import type { ViewProps } from "../view-props.ts";
import { ErrorNote, Field, Shown, SureButton, Table, When } from "../widgets.tsx";
import { Invites } from "./invites.tsx";

const FILTERS = ["all", "member", "awaiting-approval", "banned"] as const;

const tagsText = (tags: Person["tags"]): string =>
  Object.entries(tags)
    .map((tag) => tag.join("="))
    .join(", ");

/** Null for what is no list of tags. */
function tagsOf(text: string): Person["tags"] | null {
  const parts = text.split(",").flatMap((part) => part.trim() || []);
  const tags = parts.map((part) => part.split("=").map((side) => side.trim()));
  const isGood = tags.every((tag) => tag.length === 2 && tag.every((side) => side !== ""));
  return isGood ? Object.fromEntries(tags) : null;
}

const nameOf = ({ displayName, userId, memberId = "" }: Person): string =>
  displayName ?? userId ?? shortHandle(memberId);
const byName = (a: Person, b: Person): number =>
  nameOf(a).localeCompare(nameOf(b), undefined, { numeric: true });

interface RowProps {
  person: Person;
  calls: CommunityCalls;
  action: Action;
  reload: () => void;
}

function Tags({ person, calls, action, reload }: RowProps) {
  const name = nameOf(person);
  const before = tagsText(person.tags);
  const text = useSignal(before);
  const save = (event: Event) => {
    event.preventDefault();
    void action.run(async () => {
      const tags = tagsOf(text.value);
      if (!tags) throw new Error(T.notTags);
      await calls.put(`/members/${person.memberId}`, { tags });
      reload();
    });
  };
  return (
    <form class="tags" onSubmit={save}>
      <input
        aria-label={`${T.tags}: ${name}`}
        placeholder={T.tagHint}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      {text.value !== before && (
        <button type="submit" class="plain" aria-label={T.saveTags(name)}>
          {T.save}
        </button>
      )}
    </form>
  );
}

function Actions({ person, calls, action, reload }: RowProps) {
  const change = (status: "member" | "banned") =>
    void action.run(async () => {
      await calls.put(`/members/${person.memberId}`, { status });
      reload();
    });
  const remove = () =>
    void action.run(async () => {
      await calls.remove(`/members/${person.memberId}`);
      reload();
    });
  const isDisabled = action.isRunning.value;
  return (
    <div class="row">
      {person.status === "awaiting-approval" && (
        <button type="button" disabled={isDisabled} onClick={() => change("member")}>
          {T.approve}
        </button>
      )}
      {person.status === "banned" ? (
        <button type="button" class="plain" disabled={isDisabled} onClick={() => change("member")}>
          {T.unban}
        </button>
      ) : (
        <SureButton label={T.ban} isDisabled={isDisabled} onSure={() => change("banned")} />
      )}
      <SureButton label={T.remove} isDisabled={isDisabled} onSure={remove} />
    </div>
  );
}

/** What the table shows of a person. */
function cellsOf(props: RowProps) {
  const { memberId, status, joinedAt, lastSeenAt, roundsMet, roundsMissed } = props.person;
  return [
    <>
      {nameOf(props.person)}
      {memberId && <small class="quiet"> {shortHandle(memberId)}</small>}
    </>,
    status ? COMMUNITIES_TEXTS.status[status] : "",
    status === "member" && <Tags {...props} />,
    <When at={joinedAt} />,
    <When at={lastSeenAt} />,
    T.roundsOf(roundsMet, roundsMissed),
    memberId && <Actions {...props} />,
  ];
}

export function Members({ community: { community }, moment }: ViewProps) {
  const calls = callsOf(community);
  const filter = useSignal<(typeof FILTERS)[number]>("all");
  const turn = useSignal(0);
  const action = useAction();
  const query = filter.value === "all" ? "" : `?status=${filter.value}`;
  const people = useLoaded(
    async () => (await everyPage<Person>(calls, `/members${query}`, "members")).sort(byName),
    [community, query, turn.value, moment],
  );
  const reload = () => {
    turn.value++;
  };
  const columns = [T.name, T.status, T.tags, T.joined, T.seen, T.rounds, T.actions];
  return (
    <section>
      <h2>{T.heading}</h2>
      <Field label={T.filter}>
        {(ids) => (
          <select
            {...ids}
            value={filter.value}
            onChange={(event) => (filter.value = event.currentTarget.value as typeof filter.value)}
          >
            {FILTERS.map((one) => (
              <option key={one} value={one}>
                {T.filters[one]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <ErrorNote error={action.error.value} />
      <Shown of={people}>
        {(list) => (
          <Table
            caption={T.heading}
            columns={columns}
            rows={list.map((person) => ({
              key: person.memberId ?? person.userId ?? "",
              cells: cellsOf({ person, calls, action, reload }),
            }))}
          />
        )}
      </Shown>
      <Invites community={community} />
    </section>
  );
}
