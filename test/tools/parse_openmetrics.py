"""Reads OpenMetrics text with the reference parser and writes what it found as JSON: [family, type, unit, [[name, labels, value]]]."""
import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

families = text_string_to_metric_families(sys.stdin.buffer.read().decode("utf-8"))
json.dump([[f.name, f.type, f.unit, [[s.name, s.labels, s.value] for s in f.samples]] for f in families], sys.stdout)
