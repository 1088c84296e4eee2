/** Every request of this community that left the device, byte by byte, and what it reveals. */
import { deviceOf, type OutboxEntry } from "../device.ts";
import { useLoaded } from "../loaded.ts";
import { OUTBOX_TEXTS as T } from "../texts/outbox.ts";
import type { MemberViewProps } from "../view-props.ts";
import { Shown, When } from "../widgets.tsx";

/** What a request reveals, by its method and path. `npm run attack` backs the sentences on what can be read. */
function revealed(request: string): string {
  const [method, path] = request.split(/ (.*)/s);
  if (path.startsWith("/gradients") && method === "POST") return T.reveals.gradient;
  if (path.startsWith("/ratings") && method === "POST") return T.reveals.ratings;
  if (path.endsWith("/user-factors")) return method === "PUT" ? T.reveals.factors : T.reveals.unshare;
  if (path.includes("/blocks/")) return T.reveals.block;
  if (path.startsWith("/model")) return T.reveals.model;
  if (path === "/members/me" && method === "PUT") return T.reveals.join;
  if (path === "/members/me" && method === "DELETE") return T.reveals.leave;
  return T.reveals.read;
}

/** It scrolls, so the keyboard must reach it. */
function Bytes({ text }: { text: string }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: axe-core asks for it where content scrolls
  return <pre tabIndex={0}>{text}</pre>;
}

function Entry({ entry: { at, request, bytes, body } }: { entry: OutboxEntry }) {
  return (
    <li class="card sent-entry">
      <div>
        <h3>
          <code>{request}</code>
        </h3>
        <small class="quiet">
          <When at={at} />
        </small>
      </div>
      <p>{revealed(request)}</p>
      {body !== null ? (
        <details>
          <summary>{T.body(bytes)}</summary>
          <Bytes text={body} />
        </details>
      ) : (
        <small class="quiet">{bytes === 0 ? T.noBody : T.oldBody(bytes)}</small>
      )}
    </li>
  );
}

export function OutboxView({ name, userId, moment }: MemberViewProps) {
  const outbox = useLoaded(() => deviceOf(name, userId).outbox(), [name, userId, moment]);
  return (
    <section>
      <h2>{T.heading}</h2>
      <p>{T.lead}</p>
      <Shown of={outbox}>
        {({ waiting, sent }) => (
          <>
            {waiting.map((gradient) => (
              <details key={gradient.id} class="card">
                <summary>{T.waiting}</summary>
                <Bytes text={JSON.stringify(gradient)} />
              </details>
            ))}
            {sent.length === 0 && <p class="quiet">{T.empty}</p>}
            <ol class="plain-list">
              {sent.map((entry, n) => (
                <Entry key={`${entry.at}${n}`} entry={entry} />
              ))}
            </ol>
          </>
        )}
      </Shown>
    </section>
  );
}
