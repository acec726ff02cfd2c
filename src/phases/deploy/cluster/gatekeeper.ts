import { ADMISSION_REGO } from './gatekeeper-rego.ts';
import { APP_NAME, EXEMPT_ALWAYS, WORKLOAD_KINDS } from './webhook.ts';

/** How Gatekeeper is configured to ask Waybill as a provider of external data. */
export interface GatekeeperOptions {
  /** Waybill's own namespace: exempt, and where the Service is. */
  readonly namespace: string;
  /** The URL of a server outside the cluster; null for the Service of `buildServerManifests`. */
  readonly url: string | null;
  /** PEM: certificate authorities, one of which issued the server's certificate. */
  readonly authorities: string;
  /** Namespaces that are exempt, besides those of the system, of Waybill and of Gatekeeper. */
  readonly exempt: readonly string[];
  /** How long Gatekeeper waits; the server answers half a second earlier. */
  readonly timeoutSeconds: number;
  /** What Gatekeeper does with an image that is not admitted. */
  readonly action: 'deny' | 'warn' | 'dryrun';
}

/** The name that the templates of Gatekeeper use for the provider. */
export const PROVIDER_NAME = APP_NAME;
const TEMPLATE_KIND = 'WaybillAdmission';
export const PROVIDER_PATH = '/gatekeeper/verify';

/**
 * Provider, ConstraintTemplate and constraint. The template denies all but an explicit success. It
 * asks about the kinds that the webhook asks about, in every namespace that is not exempt by name.
 */
export function buildGatekeeperManifests(options: GatekeeperOptions): readonly object[] {
  return [buildProvider(options), buildTemplate(), buildConstraint(options)];
}

function buildProvider({ namespace, url, authorities, timeoutSeconds }: GatekeeperOptions): object {
  const address = url ?? `https://${APP_NAME}.${namespace}.svc:443${PROVIDER_PATH}`;
  return {
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'Provider',
    metadata: { name: PROVIDER_NAME, labels: LABELS },
    spec: {
      url: `${address}?timeout=${timeoutSeconds}s`,
      // Gatekeeper accepts 0 and then waits for nothing.
      timeout: timeoutSeconds,
      caBundle: Buffer.from(authorities).toString('base64'),
    },
  };
}

function buildTemplate(): object {
  return {
    apiVersion: 'templates.gatekeeper.sh/v1',
    kind: 'ConstraintTemplate',
    metadata: { name: TEMPLATE_KIND.toLowerCase(), labels: LABELS },
    spec: {
      crd: { spec: { names: { kind: TEMPLATE_KIND }, validation: PARAMETERS } },
      targets: [{ target: 'admission.k8s.gatekeeper.sh', rego: ADMISSION_REGO }],
    },
  };
}

function buildConstraint({ namespace, exempt, action }: GatekeeperOptions): object {
  const excludedNamespaces = [
    ...new Set([...EXEMPT_ALWAYS, 'gatekeeper-system', namespace, ...exempt]),
  ];
  const groups = Map.groupBy(WORKLOAD_KINDS, ({ group }) => group);
  return {
    apiVersion: 'constraints.gatekeeper.sh/v1beta1',
    kind: TEMPLATE_KIND,
    metadata: { name: APP_NAME, labels: LABELS },
    spec: {
      enforcementAction: action,
      parameters: { oneLine: action !== 'deny' },
      match: {
        scope: 'Namespaced',
        kinds: [...groups].map(([group, kinds]) => ({
          apiGroups: [group],
          kinds: kinds.map(({ kind }) => kind),
        })),
        excludedNamespaces,
      },
    },
  };
}

/** `oneLine`: whether a refusal is one line, as a warning must be. */
const PARAMETERS = {
  openAPIV3Schema: { type: 'object', properties: { oneLine: { type: 'boolean' } } },
};

const LABELS = { 'app.kubernetes.io/name': APP_NAME };
