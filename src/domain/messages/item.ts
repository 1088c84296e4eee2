/**
 * What is told of a content item, and what a list of items may ask for: types without their parsers, for
 * those who only read them.
 */

/** The kind of the items that are people. */
export const MEMBER_KIND = "member";

export interface ItemMetadata {
  kind?: string;
  title?: string;
  url?: string;
  /** ISO 8601 */
  createdAt?: string;
  tags?: Record<string, string>;
}

/** By tag, one value or several; a condition holds where the item has one of them. */
export type TagConditions = Record<string, string | string[]>;

/** What one list of recommendations is to hold. */
export interface ListWish {
  limit?: number;
  kind?: string;
  /** `all` must hold, one of `any`, and none of `none`. */
  tags?: { all?: TagConditions; any?: TagConditions; none?: TagConditions };
  maxAgeDays?: number;
  /** A probability. */
  scoreMin?: number;
  exclude?: ("met" | "rated")[];
}
