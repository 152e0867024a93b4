import { expect, it } from 'vitest';
import { MAX_COURSES, WardCourses } from '../../../src/dashboard/ward/ward-course.js';
import { wardPatient } from '../../helpers/ward-patients.js';

it('follows the sickest up to a bound, and whoever is shown, as long as that is not long ago', async () => {
  let nowMs = 0;
  const courses = new WardCourses({ readRows: async () => [] }, () => nowMs);
  const patients = Array.from({ length: MAX_COURSES + 200 }, (_, index) => wardPatient(String(index)));
  const shown = patients.slice(-3);
  const followed = () => patients.filter((patient) => courses.of(patient) !== undefined);
  const follow = async (ticks: number) => {
    for (let tick = 0; tick < ticks; tick++) {
      nowMs += 1_000;
      await courses.follow(patients);
    }
  };
  await follow(1);
  const { length: first } = followed();
  expect(followed()).toEqual(patients.slice(0, first));
  await courses.show(shown);
  expect(followed()).toEqual([...patients.slice(0, first), ...shown]);
  await follow(200);
  expect(followed()).toEqual([...patients.slice(0, MAX_COURSES), ...shown]);
  await follow(200);
  expect(followed()).toEqual(patients.slice(0, MAX_COURSES));
});
