/** People and items to rate, as the device ranks them. A rating goes to the device's own storage alone. */
import type { TertuliaClient } from "../../client/client.ts";
import { useAction } from "../loaded.ts";
import { shortHandle } from "../names.ts";
import { ME_TEXTS as T } from "../texts/me.ts";
import { PAGE_TEXTS } from "../texts/page.ts";
import { ErrorNote } from "../widgets.tsx";
import { BlockButton } from "./blocks.tsx";

const RATINGS = [-2, -1, 0, 1, 3, 5];
const SHOWN = 50;

export interface Ratable {
  itemId: string;
  name: string;
  isMember: boolean;
  score: number;
  rating: number;
}

/** Who can be rated, best first: people by their handle, items by their title. */
export async function readRatables(device: TertuliaClient, ownId: string): Promise<Ratable[]> {
  const items = await device.items();
  const titles = new Map(items.map(({ itemId, title }) => [itemId, title ?? itemId]));
  const [ratings, ranked] = await Promise.all([
    device.ratings(),
    device.recommend({ limit: SHOWN, items, exclude: [] }),
  ]);
  return ranked
    .filter(({ itemId }) => itemId !== ownId)
    .map(({ itemId, score }) => ({
      itemId,
      name: titles.get(itemId) ?? shortHandle(itemId),
      isMember: !titles.has(itemId),
      score,
      rating: ratings[itemId] ?? 0,
    }));
}

interface RatingListProps {
  device: TertuliaClient;
  list: readonly Ratable[];
  blocked: readonly string[];
  onRated: () => void;
  onBlock: () => void;
}

export function RatingList({ device, list, blocked, onRated, onBlock }: RatingListProps) {
  const action = useAction();
  if (list.length === 0) return <p class="quiet">{PAGE_TEXTS.none}</p>;
  const rate = (itemId: string, value: number) =>
    void action.run(async () => {
      await device.rate(itemId, value);
      onRated();
    });
  return (
    <>
      <ErrorNote error={action.error.value} />
      <ul class="entries ratings">
        {list.map(({ itemId, name, score, rating, isMember }) => (
          <li key={itemId} class="entry">
            <strong>{name}</strong>
            <span class="quiet">{T.score(Math.round(100 * score))}</span>
            <select
              aria-label={T.rating(name)}
              value={String(rating)}
              onChange={(event) => rate(itemId, Number(event.currentTarget.value))}
            >
              {(RATINGS.includes(rating) ? RATINGS : [...RATINGS, rating]).map((value) => (
                <option key={value} value={String(value)}>
                  {(T.ratings as Record<string, string>)[String(value)] ?? value}
                </option>
              ))}
            </select>
            {isMember && (
              <BlockButton
                device={device}
                memberId={itemId}
                isBlocked={blocked.includes(itemId)}
                onChange={onBlock}
              />
            )}
            {blocked.includes(itemId) && <small role="status">{T.blocked}</small>}
          </li>
        ))}
      </ul>
    </>
  );
}
