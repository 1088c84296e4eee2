/** Where the page is: the hash of its address. The path is the API's. `#/c/chess/round/3` has four words. */
import { computed, signal } from "@preact/signals";

const hash = signal(location.hash);
window.addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export const route = computed(() =>
  hash.value
    .replace(/^#\/?/, "")
    .split("/")
    .filter((word) => word !== "")
    .map(decodeURIComponent),
);

export function addressOf(...words: (string | number)[]): string {
  return `#/${words.map((word) => encodeURIComponent(word)).join("/")}`;
}

export function go(...words: (string | number)[]): void {
  location.hash = addressOf(...words);
}
