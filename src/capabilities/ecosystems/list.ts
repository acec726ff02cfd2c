import { cargo } from './cargo/index.ts';
import { conan } from './conan/index.ts';
import { dart } from './dart/index.ts';
import { debian } from './debian/index.ts';
import { dockerfile } from './dockerfile/index.ts';
import type { Ecosystem } from './ecosystem.ts';
import { elixir } from './elixir/index.ts';
import { erlang } from './erlang/index.ts';
import { golang } from './golang/index.ts';
import { haskell } from './haskell/index.ts';
import { homebrew } from './homebrew/index.ts';
import { maven } from './maven/index.ts';
import { npm } from './npm/index.ts';
import { php } from './php/index.ts';
import { r } from './r/index.ts';
import { ruby } from './ruby/index.ts';
import { swift } from './swift/index.ts';

/** The one list of ecosystems: to add one, write its folder and add a line here. */
export const ECOSYSTEMS: readonly Ecosystem[] = [
  debian,
  npm,
  maven,
  dockerfile,
  golang,
  cargo,
  ruby,
  php,
  dart,
  swift,
  elixir,
  erlang,
  haskell,
  r,
  conan,
  homebrew,
];
