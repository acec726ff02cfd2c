/** What fixes each reason for which a fact is unknown. */
export const ATTACH = 'Attach the document, signed by an identity that the trust document names.';
export const STATE_TIME =
  'Make it again with a tool that writes the time, or sign a manifest that says it ' +
  '(org.opencontainers.image.created).';
export const ATTACH_SCAN =
  'Attach a scan of each platform that says when it was made, signed by an identity that the ' +
  'trust document names.';
export const PROVE =
  'Attach the provenance of a builder that observed the build; a typed value proves nothing.';
export const AGREE =
  'Remove the provenance that is wrong, or no longer trust its signer for provenance.';
export const DATE_FEEDS =
  'Import feeds whose records or export have a date: waybill advisories import. See: waybill ' +
  'advisories info.';
export const IMPORT_SUPPORT =
  'Bring its days of support: waybill advisories update, or waybill advisories import of the list ' +
  'of distro-info or endoflife.date.';
