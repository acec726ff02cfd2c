import type { Ecosystem } from '../ecosystem.ts';
import { createLockDeclarations } from '../locked/lock-declarations.ts';
import { createLockExtractors } from '../locked/lock-extractors.ts';
import { createLockFixes } from '../locked/lock-fixes.ts';
import { nameByPackage, takeOnePart } from '../package-address.ts';
import { rubyRecipe } from './fix-ruby.ts';
import { gemScheme } from './gem-order.ts';
import { installedGem } from './installed-gem.ts';
import { rubyFormat } from './ruby-format.ts';

/** Gems of Ruby, locked by Bundler or installed by RubyGems. */
export const ruby: Ecosystem = {
  name: 'ruby',
  purlTypes: ['gem'],
  advisories: nameByPackage('RubyGems', gemScheme, takeOnePart),
  extractors: [...createLockExtractors(rubyFormat), installedGem],
  markers: [
    {
      pattern: /(?:^|\/)(?:Gemfile(?:\.[^/]+)?\.lock|gems\.locked|[^/]*\.gemfile\.lock)$/,
      means: 'read',
    },
    { pattern: /(?:^|\/)specifications\/(?:default\/)?[^/]+\.gemspec$/, means: 'read' },
    { pattern: /(?:^|\/)(?:Gemfile|gems\.rb|[^/]*\.gemfile|[^/]*\.gemspec)$/, means: 'declares' },
  ],
  declarations: createLockDeclarations(rubyFormat),
  fixes: createLockFixes(rubyRecipe),
};
