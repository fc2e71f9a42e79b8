"""Words of disease names: organs, kinds of damage, signs, each with what vocabularies write for it."""

from __future__ import annotations

NOUNS = {
    "hepatic": "liver", "renal": "kidney", "cardiac": "heart", "pulmonary": "lung", "cerebral": "brain",
    "ocular": "eye", "gastric": "stomach", "cutaneous": "skin", "dermal": "skin", "dermatologic": "skin",
    "dental": "tooth", "osseous": "bone", "skeletal": "bone", "muscular": "muscle", "myocardial": "heart",
    "vascular": "blood vessel", "ovarian": "ovary", "testicular": "testis", "prostatic": "prostate",
    "mammary": "breast", "pancreatic": "pancreas", "splenic": "spleen", "thymic": "thymus",
    "colonic": "colon", "rectal": "rectum", "intestinal": "intestine", "esophageal": "esophagus",
    "oesophageal": "esophagus", "oral": "mouth", "nasal": "nose", "neural": "nerve", "neuronal": "nerve",
    "neurological": "nervous system", "neurologic": "nervous system", "nervous": "nervous system",
    "corneal": "cornea", "retinal": "retina", "uterine": "uterus", "cervical": "cervix",
    "vaginal": "vagina", "urinary": "urinary tract", "vesical": "bladder", "biliary": "bile duct",
    "adrenal": "adrenal gland", "pituitary": "pituitary gland", "psychiatric": "mental", "aortic": "aorta",
    "arterial": "artery", "venous": "vein", "articular": "joint", "lymphatic": "lymph",
    "hematologic": "blood", "hematological": "blood", "haematological": "blood", "thrombotic": "thrombosis",
    "ischemic": "ischemia", "ischaemic": "ischemia", "diabetic": "diabetes", "epileptic": "epilepsy",
    "leukemic": "leukemia", "psychotic": "psychosis", "dystonic": "dystonia", "glomerular": "kidney",
    "tubular": "kidney", "nephrotic": "nephrosis", "bony": "bone", "laryngeal": "larynx",
    "pharyngeal": "pharynx", "lingual": "tongue", "spinal": "spinal cord", "auditory": "hearing",
    "visual": "vision", "cognitive": "cognition", "mnemonic": "memory", "hypertensive": "hypertension",
    "hypotensive": "hypotension", "anemic": "anemia", "neoplastic": "neoplasm", "bacterial": "bacteria",
    "hereditary": "inborn", "congenital": "inborn",
}  # fmt: skip
"""Nouns of organs and diseases by their adjectives."""

ADJECTIVES = {
    "liver": "hepatic", "kidney": "renal", "heart": "cardiac", "lung": "pulmonary", "brain": "cerebral",
    "eye": "ocular", "stomach": "gastric", "skin": "cutaneous", "bone": "osseous", "bowel": "intestinal",
    "gut": "intestinal", "breast": "mammary", "bladder": "urinary bladder", "mouth": "oral",
    "nerve": "neural", "blood": "hematologic", "womb": "uterine", "prostate": "prostatic",
    "ovary": "ovarian", "pancreas": "pancreatic", "colon": "colonic", "uterus": "uterine",
    "cervix": "cervical",
}  # fmt: skip
"""Adjectives of organs by their nouns."""

WORDS = {
    "bleed": "hemorrhage", "bleeding": "hemorrhage", "bleeds": "hemorrhage", "hemorrhagic": "hemorrhage",
    "haemorrhage": "hemorrhage", "stones": "calculi", "stone": "calculi", "fits": "seizures",
    "convulsions": "seizures", "convulsion": "seizures", "convulsive": "seizures",
    "epileptiform": "epilepsy", "tiredness": "fatigue", "sleepiness": "somnolence", "itching": "pruritus",
    "swelling": "edema", "enlargement": "hypertrophy", "enlarged": "hypertrophy", "painful": "pain",
    "aches": "pain", "ache": "pain", "parkinsonian": "parkinson disease", "carcinogenic": "neoplasms",
    "tumorigenic": "neoplasms", "tumorogenesis": "neoplasms", "oncogenesis": "neoplasms",
    "oncogenic": "neoplasms", "cancerous": "neoplasms", "tumoral": "neoplasms", "infected": "infection",
    "intoxication": "poisoning", "palsy": "paralysis", "paretic": "paresis", "febrile": "fever",
    "died": "death", "dilation": "dilatation", "clotting": "thrombosis", "clots": "thrombosis",
    "rash": "exanthema", "rashes": "exanthema", "hives": "urticaria", "drowsiness": "somnolence",
    "sweating": "hyperhidrosis", "salivation": "sialorrhea", "weakness": "muscle weakness",
    "giddiness": "dizziness", "numbness": "hypesthesia", "tingling": "paresthesia",
    "gallstones": "cholelithiasis", "deaf": "deafness", "blind": "blindness",
    "allergic": "hypersensitivity", "allergy": "hypersensitivity", "allergies": "hypersensitivity",
    "manic": "bipolar disorder", "depressed": "depression", "depressive": "depression",
    "anxious": "anxiety", "demented": "dementia", "obese": "obesity", "autistic": "autistic disorder",
    "asthmatic": "asthma", "nephrotic": "nephrosis", "infarct": "infarction", "infarcts": "infarction",
    "bradycardic": "bradycardia", "tachycardic": "tachycardia", "hypotensive": "hypotension",
    "hypertensive": "hypertension", "arrhythmic": "arrhythmias, cardiac",
    "dysrhythmia": "arrhythmias, cardiac", "dysrhythmias": "arrhythmias, cardiac",
}  # fmt: skip
"""Words of the clinic, each with the word of vocabularies."""

INFLAMED = {
    "liver": "hepatitis", "hepatic": "hepatitis", "kidney": "nephritis", "renal": "nephritis",
    "bladder": "cystitis", "brain": "encephalitis", "pancreas": "pancreatitis",
    "pancreatic": "pancreatitis", "mucosal": "mucositis", "mucosa": "mucositis", "lung": "pneumonia",
    "pulmonary": "pneumonia", "skin": "dermatitis", "cutaneous": "dermatitis", "joint": "arthritis",
    "joints": "arthritis", "myocardial": "myocarditis", "cardiac": "myocarditis", "colonic": "colitis",
    "colon": "colitis", "gastric": "gastritis", "intestinal": "enteritis",
    "bowel": "inflammatory bowel disease", "airway": "bronchitis", "vascular": "vasculitis",
    "muscle": "myositis", "eye": "uveitis", "retinal": "retinitis", "bone": "osteitis", "nerve": "neuritis",
    "adipose": "panniculitis",
}  # fmt: skip
"""The inflammation of each organ."""

PLACES = {
    "glomerular": "kidney", "tubular": "kidney", "tubulointerstitial": "kidney", "renal": "kidney",
    "kidney": "kidney", "nephron": "kidney", "hepatic": "liver", "hepatocellular": "liver",
    "liver": "liver", "cardiac": "heart", "myocardial": "heart", "ventricular": "heart", "heart": "heart",
    "cerebral": "brain", "brain": "brain", "callosal": "brain", "hippocampal": "brain",
    "neuronal": "nervous system", "neuron": "nervous system", "neurological": "nervous system",
    "neurologic": "nervous system", "neural": "nervous system", "cns": "central nervous system",
    "cerebellar": "cerebellar", "corneal": "corneal", "retinal": "retinal", "ocular": "eye",
    "visual": "eye", "eye": "eye", "iris": "iris", "macular": "retinal", "lens": "lens",
    "optic": "optic nerve", "pulmonary": "lung", "lung": "lung", "bronchial": "bronchial", "skin": "skin",
    "cutaneous": "skin", "dermal": "skin", "marrow": "bone marrow", "bone": "bone", "skeletal": "bone",
    "muscle": "muscular", "muscular": "muscular", "neuromuscular": "neuromuscular", "myopathic": "muscular",
    "gastric": "stomach", "intestinal": "intestinal", "colonic": "colonic", "bowel": "intestinal",
    "esophageal": "esophageal", "pancreatic": "pancreatic", "biliary": "biliary tract",
    "gallbladder": "gallbladder", "bladder": "urinary bladder", "urothelial": "urinary bladder",
    "ovarian": "ovarian", "uterine": "uterine", "testicular": "testicular", "testes": "testicular",
    "prostatic": "prostatic", "thyroid": "thyroid", "adrenal": "adrenal gland", "pituitary": "pituitary",
    "oral": "mouth", "mucosal": "mouth", "vascular": "vascular", "arterial": "vascular",
    "venous": "vascular", "aortic": "aortic", "coronary": "coronary", "meningeal": "central nervous system",
    "spinal": "spinal", "joint": "joint", "platelet": "blood platelet", "lymph": "lymphatic",
    "splenic": "splenic", "placental": "placenta", "dental": "tooth", "tooth": "tooth", "ear": "ear",
    "cochlear": "cochlear", "vestibular": "vestibular", "laryngeal": "laryngeal", "nasal": "nose",
    "extrapyramidal": "basal ganglia", "memory": "memory", "cognitive": "cognition", "motor": "movement",
    "sleep": "sleep wake", "hearing": "hearing", "vision": "vision", "immune": "immune system",
    "blood": "hematologic", "metabolic": "metabolic", "endocrine": "endocrine system", "mental": "mental",
    "mitochondrial": "mitochondrial", "chromosomal": "chromosome", "gastrointestinal": "gastrointestinal",
}  # fmt: skip
"""Parts of the body, as vocabularies name their diseases."""

DISORDERS = frozenset({
    "memory", "cognition", "movement", "sleep wake", "hearing", "vision", "mental", "chromosome",
    "blood platelet",
})  # fmt: skip
"""Those of `PLACES` whose diseases are called disorders."""

TOXIC = {
    "hepato": ("drug induced liver injury", "liver diseases"), "nephro": ("kidney diseases",),
    "cardio": ("cardiotoxicity", "heart diseases"),
    "neuro": ("neurotoxicity syndromes", "nervous system diseases"), "oto": ("ototoxicity", "hearing loss"),
    "myelo": ("bone marrow diseases",), "pulmo": ("lung diseases",), "pneumo": ("lung diseases",),
    "dermato": ("skin diseases",), "gastro": ("gastrointestinal diseases",), "myo": ("muscular diseases",),
    "vasculo": ("vascular diseases",), "hemato": ("hematologic diseases",),
    "haemato": ("hematologic diseases",), "retino": ("retinal diseases",),
    "entero": ("intestinal diseases",), "vestibulo": ("vestibular diseases",), "cochleo": ("hearing loss",),
    "osteo": ("bone diseases",), "encephalo": ("brain diseases",), "arthro": ("joint diseases",),
    "adeno": ("lymphatic diseases",), "immuno": ("immune system diseases",),
}  # fmt: skip
"""What a word with such a beginning ("hepatotoxicity") stands for."""

TOXIC_ORGANS = {
    "liver": "hepato", "hepatic": "hepato", "kidney": "nephro", "renal": "nephro", "heart": "cardio",
    "cardiac": "cardio", "lung": "pulmo", "pulmonary": "pulmo", "neural": "neuro", "neurologic": "neuro",
    "neurological": "neuro", "retinal": "retino", "vestibular": "vestibulo", "skin": "dermato",
}  # fmt: skip
"""The beginning of such a word for the organ that "toxicity" follows ("renal toxicity")."""

ORDINALS = {
    "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7",
    "eighth": "8", "ninth": "9",
}  # fmt: skip
"""Numbers by their ordinals."""

ENDINGS = (
    ("olytic", "olysis"), ("otic", "osis"), ("lytic", "lysis"), ("ytic", "ysis"), ("emic", "emia"),
    ("eptic", "epsy"), ("etic", "etes"), ("onic", "onia"), ("ophic", "ophy"), ("opathic", "opathy"),
    ("ptic", "psis"), ("itic", "itis"), ("plegic", "plegia"), ("genic", "genesis"), ("ergic", "ergy"),
    ("uric", "uria"), ("penic", "penia"), ("axic", "axia"), ("ensive", "ension"), ("anic", "ania"),
    ("xic", "xia"), ("hagic", "hage"), ("ulous", "ulosis"), ("matic", "ma"),
)  # fmt: skip
"""Endings of adjectives, each with that of the noun; the first that fits is taken."""
