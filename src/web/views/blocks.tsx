/** Whom a member has blocked, and the button that blocks or takes a block back. */
import type { TertuliaClient } from "../../client/client.ts";
import { useAction } from "../loaded.ts";
import { shortHandle } from "../names.ts";
import { ME_TEXTS as T } from "../texts/me.ts";
import { ErrorNote } from "../widgets.tsx";

interface BlockButtonProps {
  device: TertuliaClient;
  memberId: string;
  isBlocked: boolean;
  onChange: () => void;
}

export function BlockButton({ device, memberId, isBlocked, onChange }: BlockButtonProps) {
  const action = useAction();
  const change = () =>
    void action.run(async () => {
      await (isBlocked ? device.unblock(memberId) : device.block(memberId));
      onChange();
    });
  return (
    <>
      <button type="button" class="plain" disabled={action.isRunning.value} onClick={change}>
        {isBlocked ? T.unblock : T.block}
      </button>
      <ErrorNote error={action.error.value} />
    </>
  );
}

interface BlockListProps {
  device: TertuliaClient;
  blocked: readonly string[];
  onChange: () => void;
}

export function BlockList({ device, blocked, onChange }: BlockListProps) {
  return (
    <details>
      <summary>{T.blocks}</summary>
      {blocked.length === 0 && <p class="quiet">{T.notBlocked}</p>}
      <ul class="entries">
        {blocked.map((memberId) => (
          <li key={memberId} class="entry">
            <strong>{shortHandle(memberId)}</strong>
            <BlockButton {...{ device, memberId, onChange }} isBlocked />
          </li>
        ))}
      </ul>
    </details>
  );
}
