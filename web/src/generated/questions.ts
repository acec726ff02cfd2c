// Made from the table of questions: node tools/docs.ts --write.

/** Records that Waybill itself writes: they have no signature. */
export const OWN_KINDS: readonly string[] = ["release","verification","feeds","ownership","decision","facts","deployment","violation","tag","build","commit"];

/** One text that a question is asked with. */
export interface Field {
  readonly name: string;
  /** The command line takes it as an argument. */
  readonly isArgument: boolean;
  readonly isRequired: boolean;
  readonly meaning: string;
}

export const QUESTIONS = {
  "releases": {
    "summary": "Which releases have a component?",
    "fields": [
      {
        "name": "component",
        "isArgument": false,
        "isRequired": true,
        "meaning": "a purl, name, name@version or name@range"
      },
      {
        "name": "since",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases since, such as 90d or 2026-01-31T00:00:00Z"
      },
      {
        "name": "owner",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases of this owner"
      },
      {
        "name": "signedBy",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only what this signer states"
      },
      {
        "name": "asOf",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the world at that moment, as known now"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "exposure": {
    "summary": "Which releases, deployed to which clusters, are exposed to a vulnerability?",
    "fields": [
      {
        "name": "vulnerability",
        "isArgument": true,
        "isRequired": true,
        "meaning": "a CVE or another id of it"
      },
      {
        "name": "since",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases since, such as 90d or 2026-01-31T00:00:00Z"
      },
      {
        "name": "owner",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases of this owner"
      },
      {
        "name": "signedBy",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only what this signer states"
      },
      {
        "name": "asOf",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the world at that moment, as known now"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "where": {
    "summary": "Where does an image or a release run, or what runs in a cluster, region or namespace?",
    "fields": [
      {
        "name": "subject",
        "isArgument": true,
        "isRequired": false,
        "meaning": "a digest, an image reference, or a release such as trips or trips@1.4; a tag is resolved by its registry"
      },
      {
        "name": "cluster",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only in this cluster"
      },
      {
        "name": "region",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only in clusters of this region"
      },
      {
        "name": "namespace",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only in this namespace"
      },
      {
        "name": "since",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases since, such as 90d or 2026-01-31T00:00:00Z"
      },
      {
        "name": "owner",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases of this owner"
      },
      {
        "name": "signedBy",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only what this signer states"
      },
      {
        "name": "asOf",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the world at that moment, as known now"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "why": {
    "summary": "Why is a component in an image or a release?",
    "fields": [
      {
        "name": "subject",
        "isArgument": true,
        "isRequired": true,
        "meaning": "a digest, an image reference, or a release such as trips or trips@1.4; a tag is resolved by its registry"
      },
      {
        "name": "component",
        "isArgument": true,
        "isRequired": true,
        "meaning": "a purl, name, name@version or name@range"
      },
      {
        "name": "signedBy",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only what this signer states"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      }
    ]
  },
  "findings": {
    "summary": "Which vulnerabilities does an image or a release have, as far as is known?",
    "fields": [
      {
        "name": "subject",
        "isArgument": true,
        "isRequired": true,
        "meaning": "a digest, an image reference, or a release such as trips or trips@1.4; a tag is resolved by its registry"
      },
      {
        "name": "signedBy",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only what this signer states"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "provenance": {
    "summary": "Where does an image or a release come from, and which documents say so?",
    "fields": [
      {
        "name": "subject",
        "isArgument": true,
        "isRequired": true,
        "meaning": "a digest, an image reference, or a release such as trips or trips@1.4; a tag is resolved by its registry"
      },
      {
        "name": "since",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases since, such as 90d or 2026-01-31T00:00:00Z"
      },
      {
        "name": "owner",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases of this owner"
      },
      {
        "name": "signedBy",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only what this signer states"
      },
      {
        "name": "asOf",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the world at that moment, as known now"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "verdicts": {
    "summary": "Which verdicts did an image or a release get, at which gate, and when?",
    "fields": [
      {
        "name": "subject",
        "isArgument": true,
        "isRequired": true,
        "meaning": "a digest, an image reference, or a release such as trips or trips@1.4; a tag is resolved by its registry"
      },
      {
        "name": "since",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only verdicts since, such as 90d"
      },
      {
        "name": "signedBy",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only what this signer states"
      },
      {
        "name": "asOf",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the world at that moment, as known now"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "violations": {
    "summary": "What did running workloads do against policy, and which release, commit and author are behind it?",
    "fields": [
      {
        "name": "subject",
        "isArgument": true,
        "isRequired": false,
        "meaning": "a digest, an image reference, or a release such as trips or trips@1.4; a tag is resolved by its registry"
      },
      {
        "name": "cluster",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only in this cluster"
      },
      {
        "name": "region",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only in clusters of this region"
      },
      {
        "name": "namespace",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only in this namespace"
      },
      {
        "name": "since",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only events since, such as 90d"
      },
      {
        "name": "owner",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases of this owner"
      },
      {
        "name": "signedBy",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only what this signer states"
      },
      {
        "name": "asOf",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the world at that moment, as known now"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "changes": {
    "summary": "Which components do advisories that were imported since affect now, or no longer?",
    "fields": [
      {
        "name": "since",
        "isArgument": false,
        "isRequired": false,
        "meaning": "advisories recorded since, such as 7d; by default those of the last import"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "expiries": {
    "summary": "Which releases depend on a certificate chain or a signature that ends soon, and when?",
    "fields": [
      {
        "name": "within",
        "isArgument": false,
        "isRequired": true,
        "meaning": "how far ahead, such as 90d"
      },
      {
        "name": "since",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases since, such as 90d or 2026-01-31T00:00:00Z"
      },
      {
        "name": "owner",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases of this owner"
      },
      {
        "name": "signedBy",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only what this signer states"
      },
      {
        "name": "asOf",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the world at that moment, as known now"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "diff": {
    "summary": "What is different between two images or releases?",
    "fields": [
      {
        "name": "from",
        "isArgument": true,
        "isRequired": true,
        "meaning": "a digest, an image reference, or a release such as trips or trips@1.4; a tag is resolved by its registry"
      },
      {
        "name": "to",
        "isArgument": true,
        "isRequired": true,
        "meaning": "a digest, an image reference, or a release such as trips or trips@1.4; a tag is resolved by its registry"
      },
      {
        "name": "signedBy",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only what this signer states"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "blast-radius": {
    "summary": "What rests on a component, base image, builder, signer, key, commit or person?",
    "fields": [
      {
        "name": "component",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what holds it: a purl, name, name@version or name@range"
      },
      {
        "name": "base",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what is built on this image, by its layers"
      },
      {
        "name": "builder",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what this builder made"
      },
      {
        "name": "signer",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what this identity signed"
      },
      {
        "name": "key",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was signed with this key"
      },
      {
        "name": "commit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was made from this commit"
      },
      {
        "name": "person",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was made from commits of this person"
      },
      {
        "name": "since",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases since, such as 90d or 2026-01-31T00:00:00Z"
      },
      {
        "name": "owner",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases of this owner"
      },
      {
        "name": "asOf",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the world at that moment, as known now"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "licenses": {
    "summary": "Which licences do the components of an image or a release have?",
    "fields": [
      {
        "name": "subject",
        "isArgument": true,
        "isRequired": true,
        "meaning": "a digest, an image reference, or a release such as trips or trips@1.4; a tag is resolved by its registry"
      },
      {
        "name": "signedBy",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only what this signer states"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "missing": {
    "summary": "What runs without a release, SBOM, signature, provenance or fresh scan?",
    "fields": [
      {
        "name": "cluster",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only in this cluster"
      },
      {
        "name": "region",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only in clusters of this region"
      },
      {
        "name": "namespace",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only in this namespace"
      },
      {
        "name": "scannedWithin",
        "isArgument": false,
        "isRequired": false,
        "meaning": "how old the last scan may be, such as 7d"
      },
      {
        "name": "owner",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases of this owner"
      },
      {
        "name": "asOf",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the world at that moment, as known now"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "owners": {
    "summary": "Who owns which releases, and of which does nobody say?",
    "fields": [
      {
        "name": "owner",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases of this owner"
      },
      {
        "name": "asOf",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the world at that moment, as known now"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "patch-plan": {
    "summary": "Which running services need which upgrade for a vulnerability, in which order?",
    "fields": [
      {
        "name": "vulnerability",
        "isArgument": true,
        "isRequired": true,
        "meaning": "a CVE or another id of it"
      },
      {
        "name": "owner",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases of this owner"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      }
    ]
  },
  "timeline": {
    "summary": "What happened to a release or an image, from commit to pod, in order?",
    "fields": [
      {
        "name": "subject",
        "isArgument": true,
        "isRequired": true,
        "meaning": "a digest, an image reference, or a release such as trips or trips@1.4; a tag is resolved by its registry"
      },
      {
        "name": "since",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only events since, such as 90d"
      },
      {
        "name": "asOf",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the world at that moment, as known now"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      },
      {
        "name": "limit",
        "isArgument": false,
        "isRequired": false,
        "meaning": "rows of the page"
      },
      {
        "name": "after",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the page that follows"
      }
    ]
  },
  "what-if": {
    "summary": "What would a policy newly deny, allow or leave undetermined, by the facts that were recorded?",
    "fields": [
      {
        "name": "gate",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the gate at which it is tried"
      },
      {
        "name": "cluster",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only in this cluster"
      },
      {
        "name": "region",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only in clusters of this region"
      },
      {
        "name": "namespace",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only in this namespace"
      },
      {
        "name": "since",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases since, such as 90d or 2026-01-31T00:00:00Z"
      },
      {
        "name": "owner",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only releases of this owner"
      },
      {
        "name": "signedBy",
        "isArgument": false,
        "isRequired": false,
        "meaning": "only what this signer states"
      },
      {
        "name": "asOf",
        "isArgument": false,
        "isRequired": false,
        "meaning": "the world at that moment, as known now"
      },
      {
        "name": "knownAt",
        "isArgument": false,
        "isRequired": false,
        "meaning": "what was known at that moment"
      }
    ]
  }
} as const satisfies Record<
  string,
  { readonly summary: string; readonly fields: readonly Field[] }
>;
