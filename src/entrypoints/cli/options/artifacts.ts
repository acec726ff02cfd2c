import type { CallOf } from '../command.ts';
import { defineOption, EXPECT_BUNDLE, FORM, REGISTRY } from '../definitions.ts';

export const COPY_OPTIONS = [
  defineOption('--dry-run', 'list what belongs to the release, and write nothing'),
  defineOption(
    '--replace-tags',
    'replace tags of cosign, such as sha256-….sig, that have other content at the target',
  ),
  defineOption(
    '--bundle',
    'make one index at the target that names the image and everything attached to it',
  ),
  EXPECT_BUNDLE,
  FORM,
  ...REGISTRY,
] as const;
export type CopyCall = CallOf<typeof COPY_OPTIONS>;

export const PUSH_OPTIONS = [
  defineOption('--artifact-type <type>', 'what the artifact is, as a media type'),
  defineOption('--annotation <name=value>', 'of the manifest; may be given more than once', {
    several: true,
  }),
  defineOption('--key <name>', 'sign it with this key before it gets its tag'),
  FORM,
  ...REGISTRY,
] as const;
export type PushCall = CallOf<typeof PUSH_OPTIONS>;

export const PULL_OPTIONS = [
  defineOption('--to <folder>', 'where the files are written; without it, here'),
  FORM,
  ...REGISTRY,
] as const;
export type PullCall = CallOf<typeof PULL_OPTIONS>;

export const TAG_OPTIONS = [FORM, ...REGISTRY] as const;
export type TagCall = CallOf<typeof TAG_OPTIONS>;

export const DELETE_OPTIONS = [
  defineOption('--yes', 'delete; without it, what would be deleted is listed'),
  defineOption('--with-attached', 'delete what is attached to it as well'),
  FORM,
  ...REGISTRY,
] as const;
export type DeleteCall = CallOf<typeof DELETE_OPTIONS>;

export const LOGIN_OPTIONS = [
  defineOption('-u, --username <name>', 'name of the user'),
  defineOption('--password-stdin', 'read the password, or the access token, from standard input'),
  defineOption('--identity-token-stdin', 'read an identity token (refresh token) from there'),
  FORM,
  ...REGISTRY,
] as const;
export type LoginCall = CallOf<typeof LOGIN_OPTIONS>;

export const LOGOUT_OPTIONS = [FORM] as const;
export type LogoutCall = CallOf<typeof LOGOUT_OPTIONS>;
