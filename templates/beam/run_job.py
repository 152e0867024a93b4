"""Runs the text of a job under a runner on this machine, and writes its counters to a file as it goes.

Usage: run_job.py TEXT METRICS DRAIN [OPTION OF BEAM]...

The job reads no more once the file DRAIN exists, and ends when nothing has moved for a while.
"""
import json, logging, os, signal, sys, threading, time

import apache_beam as beam
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
  count()
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
    counters = dict(Counted.counters)
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
  from google.api_core.exceptions import DeadlineExceeded
  from google.cloud import pubsub
  from google.pubsub_v1.types import PullResponse
  pull = pubsub.SubscriberClient.pull

  def patched(self, *args, **kwargs):
    if draining.is_set():
      time.sleep(POLL_SECONDS)
      return PullResponse()
    kwargs['max_messages'] = max(messages, kwargs.get('max_messages', 0))
    try:
      return pull(self, *args, **kwargs)
    except DeadlineExceeded:
      # Nothing came, of which the direct runner would die.
      return PullResponse()

  pubsub.SubscriberClient.pull = patched


class Counted:
  """What a counter adds with. The direct runner itself counts the first bundle of a transform only."""
  counters, lock = {}, threading.Lock()

  def __init__(self, name):
    self.name = name

  def __call__(self, value=1):
    with Counted.lock:
      Counted.counters[self.name] = Counted.counters.get(self.name, 0) + value


def count():
  from apache_beam.metrics.metric import Metrics
  begin = Metrics.DelegatingCounter.__init__

  def patched(self, metric_name, *args, **kwargs):
    begin(self, metric_name, *args, **kwargs)
    if metric_name.namespace == 'healthmon':
      self.inc = Counted(metric_name.name)

  Metrics.DelegatingCounter.__init__ = patched


def write(path, counters):
  with open(path + '.new', 'w', encoding='utf-8') as file:
    json.dump(counters, file)
  os.replace(path + '.new', path)


if __name__ == '__main__':
  # Under its name and not as the main module, of which jobs would get copies.
  import run_job
  run_job.main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
