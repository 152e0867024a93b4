"""Runs the text of a job under a runner on this machine, and writes its counters to a file as it goes.

Usage: run_job.py TEXT METRICS DRAIN [OPTION OF BEAM]...

The job reads no more once the file DRAIN exists, and ends when nothing has moved for a while.
"""
import json, logging, os, signal, sys, threading, time

import apache_beam as beam
from apache_beam.metrics import MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.yaml.yaml_transform import expand_pipeline
import yaml

POLL_SECONDS = 0.5
DRAIN_SECONDS = 3
# The direct runner asks for 10 messages at a time, which is a few a second.
PULL_MESSAGES = 1000


def main(text_path, metrics_path, drain_path, arguments):
  logging.basicConfig(level=logging.INFO, format='%(asctime)s %(levelname)s %(name)s %(message)s')
  with open(text_path, encoding='utf-8') as file:
    text = file.read()
  draining = threading.Event()
  read_at_most(PULL_MESSAGES, draining)
  settings = yaml.safe_load(text).get('options', {})
  options = PipelineOptions(arguments, pickle_library='cloudpickle', **settings)
  pipeline = beam.Pipeline(options=options)
  expand_pipeline(pipeline, text)
  result = pipeline.run()
  print('healthmon: running', flush=True)
  signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
  ended = threading.Event()
  threading.Thread(target=lambda: (wait_for(result), ended.set()), daemon=True).start()
  previous, moved = None, time.monotonic()
  while True:
    over = ended.wait(POLL_SECONDS)
    counters = counters_of(result)
    write(metrics_path, counters)
    if over:
      break
    if os.path.exists(drain_path):
      draining.set()
    if counters != previous or not draining.is_set():
      previous, moved = counters, time.monotonic()
    elif time.monotonic() - moved > DRAIN_SECONDS:
      print('healthmon: drained', flush=True)
      os._exit(0)
  state = str(result.state)
  print('healthmon: ended as %s' % state, flush=True)
  os._exit(0 if state == 'DONE' else 1)


def wait_for(result):
  try:
    result.wait_until_finish()
  except Exception:
    logging.exception('The job failed')


def read_at_most(messages, draining):
  from google.cloud import pubsub
  pull = pubsub.SubscriberClient.pull

  def patched(self, *args, **kwargs):
    if draining.is_set():
      from google.pubsub_v1.types import PullResponse
      time.sleep(POLL_SECONDS)
      return PullResponse()
    kwargs['max_messages'] = max(messages, kwargs.get('max_messages', 0))
    return pull(self, *args, **kwargs)

  pubsub.SubscriberClient.pull = patched


def counters_of(result):
  try:
    found = result.metrics().query(MetricsFilter().with_namespace('healthmon'))['counters']
  except Exception:
    return {}
  counters = {}
  for each in found:
    name = each.key.metric.name
    value = each.committed if each.committed is not None else each.attempted
    counters[name] = counters.get(name, 0) + (value or 0)
  return counters


def write(path, counters):
  with open(path + '.new', 'w', encoding='utf-8') as file:
    json.dump(counters, file)
  os.replace(path + '.new', path)


if __name__ == '__main__':
  main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
