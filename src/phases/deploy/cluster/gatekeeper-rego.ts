/**
 * The rules of the ConstraintTemplate, in the Rego that every supported Gatekeeper reads. They deny
 * all but an explicit success: each key that was asked must be in the answer, once, with
 * `succeeded` true, and nothing else may be there (policy-and-gates.md §1). A key names who asks,
 * so that the provider decides as the webhook does, and so that answers of one namespace are never
 * used in another.
 */
export const ADMISSION_REGO = `package waybilladmission

kind := input.review.kind.kind

templated := {
  "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job",
}

pod_spec(object) = spec { kind == "Pod"; spec := object.spec }
pod_spec(object) = spec { templated[kind]; spec := object.spec.template.spec }
pod_spec(object) = spec { kind == "PodTemplate"; spec := object.template.spec }
pod_spec(object) = spec { kind == "CronJob"; spec := object.spec.jobTemplate.spec.template.spec }

lists := ["initContainers", "containers", "ephemeralContainers"]

containers(object) = found { found := [one | one := pod_spec(object)[lists[_]][_]] }

image_volumes(object) = found {
  found := [one | one := pod_spec(object).volumes[_]; one.image]
}

images(object) = found {
  named := [image | image := containers(object)[_].image; is_string(image); image != ""]
  mounted := [image | image := image_volumes(object)[_].image.reference; is_string(image)]
  found := array.concat(named, mounted)
}

# Each change is judged that starts something: another image, or more of the same.
harmless := {
  "minReadySeconds", "progressDeadlineSeconds", "revisionHistoryLimit",
  "successfulJobsHistoryLimit", "failedJobsHistoryLimit", "ttlSecondsAfterFinished",
}

starts_nothing {
  input.review.operation == "UPDATE"
  images(input.review.object) == images(input.review.oldObject)
  runs_no_more
}

runs_no_more {
  kind == "Pod"
  gates(input.review.object) == gates(input.review.oldObject)
}

runs_no_more {
  kind != "Pod"
  kind != "PodTemplate"
  count({key | changed[key]; not is_no_more(key)}) == 0
}

gates(object) = found { found := object.spec.schedulingGates } else = []

changed[key] {
  now := {one | _ = input.review.object.spec[one]}
  before := {one | _ = input.review.oldObject.spec[one]}
  all_keys := now | before
  all_keys[key]
  value(input.review.object, key) != value(input.review.oldObject, key)
}

value(object, key) = found { found := object.spec[key] } else = null

is_no_more(key) { harmless[key] }
is_no_more(key) {
  {"replicas", "parallelism"}[key]
  how_many(input.review.object, key) <= how_many(input.review.oldObject, key)
}
is_no_more(key) { {"suspend", "paused"}[key]; input.review.object.spec[key] == true }

how_many(object, key) = found { found := object.spec[key] } else = 1

is_asked { not starts_nothing }

namespace := object.get(input.review, "namespace", "")

name := found { found := input.review.name; found != "" }
else = found { found := input.review.object.metadata.name }
else = found { found := sprintf("%v*", [input.review.object.metadata.generateName]) }
else = ""

key_of(image) = key { key := sprintf("[%v/%v/%v]%v", [namespace, kind, name, image]) }

keys := {key | key := key_of(images(input.review.object)[_])}

answer := external_data({"provider": "waybill", "keys": [key | keys[key]]}) { count(keys) > 0 }

has_succeeded(key) {
  values := [value | response := answer.responses[_]; response[0] == key; value := response[1]]
  count(values) == 1
  values[0].succeeded == true
}

# A warning of Kubernetes with a line break gets lost.
as_shown(text) = shown {
  input.parameters.oneLine == true
  shown := replace(text, "\\n", " ")
} else = text

refusal(key) = message {
  found := [text | response := answer.responses[_]; response[0] == key; text := response[1].message]
  count(found) == 1
  message := as_shown(sprintf("waybill: %v", [found[0]]))
} else = message {
  message := sprintf("waybill: no verdict about %v", [key])
}

violation[{"msg": message}] {
  is_asked
  not pod_spec(input.review.object)
  message := sprintf("waybill: the %v has no pod spec", [kind])
}

violation[{"msg": message}] {
  is_asked
  places := count(containers(input.review.object)) + count(image_volumes(input.review.object))
  count(images(input.review.object)) != places
  message := "waybill: a container or an image volume names no image"
}

violation[{"msg": message}] {
  is_asked
  count(containers(input.review.object)) == 0
  message := sprintf("waybill: the %v has no container", [kind])
}

violation[{"msg": message}] {
  is_asked
  some list
  _ = pod_spec(input.review.object)[list]
  endswith(lower(list), "containers")
  count({known | known := lists[_]; known == list}) == 0
  message := sprintf("waybill: %v is not known here, and may name what runs", [list])
}

violation[{"msg": message}] {
  is_asked
  count(keys) > 0
  not answer
  message := "waybill: no answer from the provider"
}

violation[{"msg": message}] {
  is_asked
  answer.system_error != ""
  message := sprintf("waybill: no answer from the provider: %v", [answer.system_error])
}

violation[{"msg": message}] {
  is_asked
  count(answer.errors) > 0
  message := sprintf("waybill: the provider reports errors: %v", [answer.errors])
}

violation[{"msg": message}] {
  is_asked
  key := keys[_]
  not has_succeeded(key)
  message := refusal(key)
}

violation[{"msg": message}] {
  is_asked
  key := answer.responses[_][0]
  not keys[key]
  message := sprintf("waybill: the provider answers what was not asked: %v", [key])
}
`;
