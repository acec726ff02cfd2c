/** The forms that a policy can be projected to, in the order in which help shows them. */
export const PROJECTION_NAMES = [
  ...(['git-hook', 'github', 'azure', 'validating-admission-policy', 'kyverno'] as const),
] as const;
export type ProjectionName = (typeof PROJECTION_NAMES)[number];
