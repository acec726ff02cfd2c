import type { Ecosystem } from '../ecosystem.ts';
import { createLockDeclarations } from '../locked/lock-declarations.ts';
import { createLockExtractors } from '../locked/lock-extractors.ts';
import { createLockFixes } from '../locked/lock-fixes.ts';
import { nameByPackage, takeOnePart } from '../package-address.ts';
import { semverScheme } from '../semver-order.ts';
import { cargoFormat, vendoredCrate } from './cargo-format.ts';
import { cargoRecipe } from './fix-cargo.ts';
import { listCargoLicencePlaces } from './licence-places.ts';
import { cargoMentions } from './mentions.ts';
import { rustProgram } from './program/rust-program.ts';

/** Crates of Rust, as Cargo.lock names them. */
export const cargo: Ecosystem = {
  name: 'cargo',
  purlTypes: ['cargo'],
  advisories: nameByPackage('crates.io', semverScheme, takeOnePart),
  extractors: [...createLockExtractors(cargoFormat), vendoredCrate, rustProgram],
  markers: [
    { pattern: /(?:^|\/)Cargo\.lock$/, means: 'read' },
    { pattern: /(?:^|\/)Cargo\.toml$/, means: 'declares' },
  ],
  declarations: createLockDeclarations(cargoFormat),
  mentions: cargoMentions,
  fixes: createLockFixes(cargoRecipe),
  listLicencePlaces: listCargoLicencePlaces,
};
