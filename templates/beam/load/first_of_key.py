import json
from apache_beam import pvalue

class FirstFn(beam.DoFn):
  """Lets the first row of each key through."""
  def __init__(self, files, loader, settings):
    self.labels = [file['label'] for file in json.loads(files)]
    self.loader, self.settings = loader, settings

  def setup(self):
    self.ask = open_loader(self.loader, self.settings)

  def process(self, group):
    first, *others = sorted(group[1], key=lambda row: row[:2])
    yield first
    if not others:
      return
    place = {'label': self.labels[first[0]], 'line': json.loads(first[2])['line']}
    problem = self.ask('repeated', place)
    for index, number, row, _, _ in others:
      refused = {**json.loads(row), 'broken': False, 'problems': [problem]}
      yield pvalue.TaggedOutput('bad', (index, (number, json.dumps(refused))))

class FirstOfKey(beam.PTransform):
  def __init__(self, files, loader, settings):
    self.fn = FirstFn(files, loader, settings)

  def expand(self, rows):
    found = rows | beam.GroupByKey() | beam.ParDo(self.fn).with_outputs('bad', main='rows')
    return {'rows': found.rows, 'bad': found.bad}
