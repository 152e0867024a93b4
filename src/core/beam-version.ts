/** Of Apache Beam: what Google's template `Yaml_Template` of August 2026 has, and so what jobs are made for. */
export const BEAM_VERSION = '2.75.0';
