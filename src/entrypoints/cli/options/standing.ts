import type { CallOf } from '../command.ts';
import { COMMON, defineOption, FORM } from '../definitions.ts';

export const STANDING_ADD_OPTIONS = [
  defineOption('--ask <question>', 'the question as after waybill ask: "exposure CVE-2021-44228"', {
    required: true,
  }),
  defineOption(
    '--webhook <url>',
    'tell this address, as a CloudEvent; may be given more than once',
    {
      several: true,
    },
  ),
  defineOption('--secret-file <file>', 'signs what goes to the webhooks (Standard Webhooks)'),
  defineOption('--slack <url>', 'tell an incoming webhook of Slack or Mattermost', {
    several: true,
  }),
  defineOption('--email <address>', 'tell this address, by the server of WAYBILL_SMTP', {
    several: true,
  }),
  defineOption('--digest <age>', 'changes of this time are one notice; 0s: each at once', {
    fallback: '0s',
  }),
  FORM,
  ...COMMON,
] as const;
export type StandingAddCall = CallOf<typeof STANDING_ADD_OPTIONS>;

export const STANDING_LIST_OPTIONS = [FORM, ...COMMON] as const;
export type StandingListCall = CallOf<typeof STANDING_LIST_OPTIONS>;

export const STANDING_NOTICES_OPTIONS = [
  defineOption('--retry <id>', 'try this notice again, also one that was given up'),
  FORM,
  ...COMMON,
] as const;
export type StandingNoticesCall = CallOf<typeof STANDING_NOTICES_OPTIONS>;
