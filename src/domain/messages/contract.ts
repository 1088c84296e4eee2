/**
 * The types of what the API answers and of what operators send, for the SDK: those of the very schemas that the OpenAPI page
 * shows. The SDK's package needs no zod, so its build writes them out (scripts/contract-types.ts); each type is named as its
 * schema is there.
 */
import type * as z from "zod/mini";
import type * as learning from "./answers/learning-answers.ts";
import type * as operators from "./answers/operator-answers.ts";
import type * as people from "./answers/people-answers.ts";
import type * as rounds from "./answers/round-answers.ts";
import type { importBodySchema } from "./import-messages.ts";
import type { itemBodySchema } from "./item-messages.ts";
import type { memberBodySchema } from "./messages.ts";
import type { webhookBodySchema } from "./notice-messages.ts";
import type { inviteBodySchema, memberChangeSchema } from "./people-messages.ts";
import type { feedbackBodySchema, previewBodySchema, publishBodySchema } from "./round-messages.ts";

export type Assignment = z.infer<typeof rounds.assignment>;
export type Assignments = z.infer<typeof rounds.assignments>;
export type Community = z.infer<typeof people.community>;
export type Comparison = z.infer<typeof operators.comparison>;
export type Delivery = z.infer<typeof operators.delivery>;
export type Export = z.infer<typeof people.wholeExport>;
export type GradientStatus = z.infer<typeof learning.gradientStatus>;
export type Group = z.infer<typeof rounds.group>;
export type History = z.infer<typeof operators.history>;
export type Import = z.infer<typeof operators.oneImport>;
export type Invite = z.infer<typeof people.invite>;
export type Item = z.infer<typeof learning.item>;
export type KeptVersion = z.infer<typeof operators.keptVersion>;
export type Meeting = z.infer<typeof people.meeting>;
export type Membership = z.infer<typeof people.membership>;
export type NewImport = z.infer<typeof operators.newImport>;
export type Operations = z.infer<typeof operators.operations>;
export type Operator = z.infer<typeof people.operator>;
export type OwnMembership = z.infer<typeof people.ownMembership>;
export type PutWebhook = z.infer<typeof operators.putWebhook>;
export type Recommendation = z.infer<typeof learning.recommendation>;
export type Restored = z.infer<typeof operators.restored>;
export type RosterEntry = z.infer<typeof people.rosterEntry>;
export type Round = z.infer<typeof rounds.round>;
export type RoundOverview = z.infer<typeof rounds.roundOverview>;
export type RoundSummary = z.infer<typeof rounds.roundSummary>;
export type Season = z.infer<typeof rounds.season>;
export type Settings = z.infer<typeof people.settings>;
export type Stats = z.infer<typeof operators.stats>;
export type Waiting = z.infer<typeof people.waiting>;
export type Webhook = z.infer<typeof operators.webhook>;
export type WebhookRotation = z.infer<typeof operators.rotation>;
export type WebhookTest = z.infer<typeof operators.webhookTest>;

export type FeedbackBody = z.infer<typeof feedbackBodySchema>;
export type ImportBody = z.infer<typeof importBodySchema>;
export type InviteBody = z.infer<typeof inviteBodySchema>;
export type ItemBody = z.infer<typeof itemBodySchema>;
export type MemberBody = z.infer<typeof memberBodySchema>;
export type MemberChange = z.infer<typeof memberChangeSchema>;
export type PreviewBody = z.infer<typeof previewBodySchema>;
export type PublishBody = z.infer<typeof publishBodySchema>;
export type WebhookBody = z.infer<typeof webhookBodySchema>;
