/** Differences from a healthy resting adult, in the units of the vitals. */
export interface VitalsDelta {
  temperatureC?: number;
  heartRate?: number;
  systolic?: number;
  diastolic?: number;
  respiratoryRate?: number;
  oxygenSaturation?: number;
}

export interface Condition {
  name: string;
  procedure: string;
  meanAge: number;
  /** Share of women among the patients. */
  female: number;
  meanCost: number;
  meanStayDays: number;
  /** How much likelier recovery is than a merely stable discharge; 0 is even. */
  recovery: number;
  /** What the illness does to the patient's resting vitals. */
  vitals: VitalsDelta;
}

/** The illnesses of the generated admissions. Numbers are plausible, not clinical. */
export const CONDITIONS: readonly Condition[] = [
  {
    name: 'Heart Disease',
    procedure: 'Angioplasty',
    meanAge: 58,
    female: 0.4,
    meanCost: 15000,
    meanStayDays: 6,
    recovery: 0.1,
    vitals: { heartRate: 6, systolic: 10 },
  },
  {
    name: 'Diabetes',
    procedure: 'Insulin Therapy',
    meanAge: 60,
    female: 0.5,
    meanCost: 2000,
    meanStayDays: 4,
    recovery: -0.5,
    vitals: { heartRate: 3, systolic: 8 },
  },
  {
    name: 'Fractured Arm',
    procedure: 'X-Ray and Splint',
    meanAge: 34,
    female: 0.45,
    meanCost: 600,
    meanStayDays: 2,
    recovery: 1.6,
    vitals: { heartRate: 4 },
  },
  {
    name: 'Stroke',
    procedure: 'CT Scan and Medication',
    meanAge: 72,
    female: 0.5,
    meanCost: 10000,
    meanStayDays: 9,
    recovery: -1.2,
    vitals: { systolic: 18, diastolic: 8 },
  },
  {
    name: 'Cancer',
    procedure: 'Surgery and Chemotherapy',
    meanAge: 57,
    female: 0.5,
    meanCost: 25000,
    meanStayDays: 12,
    recovery: -0.4,
    vitals: { temperatureC: 0.2, heartRate: 8 },
  },
  {
    name: 'Hypertension',
    procedure: 'Medication and Counseling',
    meanAge: 64,
    female: 0.5,
    meanCost: 1000,
    meanStayDays: 3,
    recovery: -0.7,
    vitals: { systolic: 24, diastolic: 12 },
  },
  {
    name: 'Appendicitis',
    procedure: 'Appendectomy',
    meanAge: 38,
    female: 0.5,
    meanCost: 8000,
    meanStayDays: 4,
    recovery: 1.3,
    vitals: { temperatureC: 0.5, heartRate: 9 },
  },
  {
    name: 'Fractured Leg',
    procedure: 'Cast and Physical Therapy',
    meanAge: 43,
    female: 0.4,
    meanCost: 3000,
    meanStayDays: 6,
    recovery: 1.0,
    vitals: { heartRate: 5 },
  },
  {
    name: 'Heart Attack',
    procedure: 'Cardiac Catheterization',
    meanAge: 70,
    female: 0.35,
    meanCost: 18000,
    meanStayDays: 8,
    recovery: -0.9,
    vitals: { heartRate: 10, systolic: -6 },
  },
  {
    name: 'Allergic Reaction',
    procedure: 'Epinephrine Injection',
    meanAge: 29,
    female: 0.55,
    meanCost: 300,
    meanStayDays: 1,
    recovery: 2.0,
    vitals: { heartRate: 12, systolic: -8 },
  },
  {
    name: 'Respiratory Infection',
    procedure: 'Antibiotics and Rest',
    meanAge: 51,
    female: 0.5,
    meanCost: 800,
    meanStayDays: 5,
    recovery: 0.3,
    vitals: { temperatureC: 0.7, heartRate: 9, respiratoryRate: 3, oxygenSaturation: -2 },
  },
  {
    name: 'Prostate Cancer',
    procedure: 'Radiation Therapy',
    meanAge: 66,
    female: 0,
    meanCost: 20000,
    meanStayDays: 9,
    recovery: -0.3,
    vitals: { heartRate: 4 },
  },
  {
    name: 'Childbirth',
    procedure: 'Delivery and Postnatal Care',
    meanAge: 31,
    female: 1,
    meanCost: 12000,
    meanStayDays: 3,
    recovery: 1.9,
    vitals: { heartRate: 8 },
  },
  {
    name: 'Kidney Stones',
    procedure: 'Lithotripsy',
    meanAge: 50,
    female: 0.4,
    meanCost: 6000,
    meanStayDays: 3,
    recovery: 0.9,
    vitals: { heartRate: 7, systolic: 8 },
  },
  {
    name: 'Osteoarthritis',
    procedure: 'Physical Therapy and Pain Management',
    meanAge: 63,
    female: 0.6,
    meanCost: 4000,
    meanStayDays: 5,
    recovery: -0.4,
    vitals: {},
  },
];

const BY_NAME = new Map(CONDITIONS.map((entry) => [entry.name.toLowerCase(), entry]));

export function findCondition(name: string): Condition | undefined {
  return BY_NAME.get(name.trim().toLowerCase());
}
