/** Answers about items, the model, and what is learned. */
import * as z from "zod/mini";
import { count, fieldError, maybe, named, orNull, pageOf, tags, text, time, told } from "./answer.ts";
import { settings } from "./people-answers.ts";

const metadataFields = () => ({
  ...{ kind: maybe(text()), title: maybe(text()), url: maybe(text()) },
  ...{ createdAt: maybe(time()), tags: maybe(tags()) },
});
const metadata = named("ItemMetadata", z.object(metadataFields()));
export const item = named("Item", z.object({ itemId: text(), row: count(), ...metadataFields() }));
export const items = pageOf("Items", "items", item);
export const similarItems = pageOf(
  "SimilarItems",
  "items",
  z.object({ itemId: text(), similarity: z.number(), item: maybe(metadata) }),
);

const modelFields = () => ({
  modelVersion: count(),
  factors: told(count(), "K: each row has K+1 values, its bias last."),
  rowCount: count(),
  items: told(
    z.array(z.object({ itemId: maybe(orNull(text())), row: count() })),
    "Of each row of values; itemId is null where its member has left, and absent where the caller knows it.",
  ),
});
export const model = named(
  "Model",
  z.union([
    z.object({
      ...modelFields(),
      encoding: z.literal("json"),
      values: z.array(z.array(z.number())),
      settings,
    }),
    z.object({ ...modelFields(), encoding: z.literal("f32"), values: text(), settings }),
    z.object({ ...modelFields(), encoding: z.literal("i8"), values: text(), scales: text(), settings }),
  ]),
);

const statusFields = () => ({
  id: text(),
  status: z.enum(["queued", "applied", "rejected"]),
  modelVersion: maybe(told(count(), "The one that it made.")),
  reason: maybe(told(text(), "Why it was rejected.")),
});
export const queued = named("Queued", z.object({ id: text(), status: z.literal("queued") }));
export const gradientStatus = named("GradientStatus", z.object(statusFields()));
export const ratingStatus = named(
  "RatingStatus",
  z.object({
    ...statusFields(),
    recommendations: maybe(told(text(), "Where they are, once it is applied.")),
  }),
);

const refused = z.object({
  ...{ index: count(), id: maybe(text()), status: z.literal("rejected"), type: text() },
  ...{ detail: maybe(text()), errors: maybe(z.array(fieldError)) },
});
export const ratingOutcomes = named(
  "RatingOutcomes",
  z.object({ ratings: z.array(z.union([queued, refused])) }),
);
export const postedRatings = named("PostedRatings", z.union([queued, ratingOutcomes]));

export const recommendation = named(
  "Recommendation",
  z.object({
    itemId: text(),
    score: told(z.number(), "The probability that the member will like it."),
    reason: maybe(z.enum(["liked by people who liked the same", "liked by many", "popular"])),
    item: maybe(told(metadata, "What is told of it.")),
  }),
);
export const recommendations = named("Recommendations", z.array(recommendation));
export const recommendationLists = named(
  "RecommendationLists",
  z.object({
    lists: z.array(
      z.object({
        name: text(),
        recommendations: z.array(recommendation),
        notes: maybe(z.array(z.object({ note: text(), detail: text() }))),
      }),
    ),
  }),
);
