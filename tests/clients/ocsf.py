"""Holds events to the compiled schema of OCSF 1.8.0 that PyPI ocsf-json-schema carries.

As a program it reads events from its input, one a line, prints what is wrong with each,
and ends with 1 if anything is."""

import json
import sys

from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

VERSION = "1.8.0"
API_ACTIVITY = 6003
OTHER = 99

# What a JSON Schema cannot say is looked up in the compiled schema itself.
COMPILED = get_ocsf_schema(version=VERSION)
GENERATOR = OcsfJsonSchemaEmbedded(COMPILED)
CLASS_NAME = GENERATOR.lookup_class_name_from_uid(class_uid=API_ACTIVITY)
VALIDATORS = {}


def validator(profiles):
    """Of the class with these profiles and no other."""
    key = tuple(sorted(profiles))
    if key not in VALIDATORS:
        schema = GENERATOR.get_class_schema(class_name=CLASS_NAME, profiles=list(key))
        Draft202012Validator.check_schema(schema)
        VALIDATORS[key] = Draft202012Validator(schema)
    return VALIDATORS[key]


def problems(event):
    """What is wrong with an event, as sentences."""
    metadata = event.get("metadata", {})
    profiles = metadata.get("profiles", [])
    for error in validator(profiles).iter_errors(event):
        yield f"{error.json_path}: {error.message}"
    if metadata.get("version") != VERSION:
        yield f"metadata.version is not {VERSION}"
    of_class = COMPILED["classes"][CLASS_NAME]
    for profile in profiles:
        if profile not in of_class["profiles"]:
            yield f"the class has no profile {profile}"
    if event.get("type_uid") != event.get("class_uid", 0) * 100 + event.get("activity_id", 0):
        yield "type_uid is not made of class and activity"
    yield from of_object(event, of_class["attributes"], "$")


def of_object(value, attributes, path):
    """Deprecated attributes, and captions beside identifiers that say something else."""
    for name, inner in value.items():
        attribute = attributes.get(name)
        if attribute is None:
            continue
        if "@deprecated" in attribute:
            yield f"{path}.{name} is deprecated"
        yield from sibling(value, attribute, inner, f"{path}.{name}")
        of_type = COMPILED["objects"].get(attribute.get("object_type"), {})
        for item in inner if isinstance(inner, list) else [inner]:
            if isinstance(item, dict):
                yield from of_object(item, of_type.get("attributes", {}), f"{path}.{name}")


def sibling(value, attribute, number, path):
    name, known = attribute.get("sibling"), attribute.get("enum", {})
    if name is None or not isinstance(number, int):
        return
    caption = known.get(str(number), {}).get("caption")
    said = value.get(name)
    if number == OTHER:
        # The source's own word stands there then.
        if not said:
            yield f"{path} is Other, and {name} does not say what"
    elif said is not None and said != caption:
        yield f"{path} is {caption}, and {name} says {said}"


def main():
    count = found = 0
    for count, line in enumerate(sys.stdin, 1):
        for problem in problems(json.loads(line)):
            found += 1
            print(f"event {count}: {problem}")
    if count == 0:
        print("there are no events")
    return 1 if found or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
