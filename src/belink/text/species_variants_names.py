"""Names of organisms as articles write them, with what the NCBI Taxonomy calls them.

Only what no rule gives: abbreviated binomials of organisms that articles take as known, and lay words.
Written from general knowledge; the misses of training documents showed where to look.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from belink.text.species_variants_groups import GROUPS

_BINOMIALS = """
Acinetobacter baumannii; Actinobacillus pleuropneumoniae; Aedes aegypti; Aedes albopictus;
Aeromonas hydrophila; Agrobacterium tumefaciens; Anabaena variabilis; Anopheles gambiae;
Anopheles stephensi; Apis mellifera; Arabidopsis thaliana; Aspergillus flavus; Aspergillus fumigatus;
Aspergillus nidulans; Aspergillus niger; Aspergillus oryzae; Bacillus anthracis; Bacillus cereus;
Bacillus subtilis; Bacillus thuringiensis; Bacteroides fragilis; Bacteroides thetaiotaomicron;
Bartonella henselae; Bdellovibrio bacteriovorus; Beauveria bassiana; Bombyx mori; Bordetella bronchiseptica;
Bordetella pertussis; Borrelia burgdorferi; Bos taurus; Botrytis cinerea; Brassica napus; Brassica rapa;
Brucella abortus; Brucella melitensis; Brugia malayi; Burkholderia cenocepacia; Burkholderia pseudomallei;
Caenorhabditis briggsae; Caenorhabditis elegans; Campylobacter jejuni; Candida albicans; Candida glabrata;
Candida parapsilosis; Candida tropicalis; Canis familiaris; Caulobacter crescentus; Chlamydia trachomatis;
Chlamydia pneumoniae; Chlamydomonas reinhardtii; Ciona intestinalis; Clostridium botulinum;
Clostridioides difficile; Clostridium perfringens; Clostridium tetani; Corynebacterium diphtheriae;
Corynebacterium glutamicum; Coxiella burnetii; Cryptococcus neoformans; Cryptosporidium parvum;
Danio rerio; Deinococcus radiodurans; Dictyostelium discoideum; Drosophila melanogaster;
Drosophila pseudoobscura; Drosophila simulans; Drosophila virilis; Echinococcus granulosus;
Entamoeba histolytica; Enterobacter aerogenes; Enterobacter cloacae; Enterococcus faecalis;
Enterococcus faecium; Erwinia amylovora; Escherichia coli; Francisella tularensis; Fusarium graminearum;
Fusarium oxysporum; Gallus gallus; Giardia lamblia; Glycine max; Haemophilus influenzae;
Helicobacter pylori; Homo sapiens; Hordeum vulgare; Klebsiella pneumoniae; Kluyveromyces lactis;
Lactobacillus acidophilus; Lactobacillus casei; Lactobacillus plantarum; Lactobacillus rhamnosus;
Lactococcus lactis; Legionella pneumophila; Leishmania donovani; Leishmania infantum; Leishmania major;
Leishmania mexicana; Listeria monocytogenes; Listeria innocua; Macaca fascicularis; Macaca mulatta;
Magnaporthe oryzae; Manduca sexta; Medicago truncatula; Methanocaldococcus jannaschii; Mus musculus;
Mus spretus; Mycobacterium avium; Mycobacterium bovis; Mycobacterium leprae; Mycobacterium marinum;
Mycobacterium smegmatis; Mycobacterium tuberculosis; Mycoplasma genitalium; Mycoplasma pneumoniae;
Myxococcus xanthus; Neisseria gonorrhoeae; Neisseria meningitidis; Neurospora crassa;
Nicotiana benthamiana; Nicotiana tabacum; Oncorhynchus mykiss; Oryctolagus cuniculus; Oryza sativa;
Oryzias latipes; Ovis aries; Pan troglodytes; Paracoccus denitrificans; Pasteurella multocida;
Phanerochaete chrysosporium; Physcomitrella patens; Pichia pastoris; Plasmodium berghei;
Plasmodium chabaudi; Plasmodium falciparum; Plasmodium knowlesi; Plasmodium malariae; Plasmodium vivax;
Plasmodium yoelii; Pneumocystis carinii; Pneumocystis jirovecii; Porphyromonas gingivalis;
Propionibacterium acnes; Proteus mirabilis; Pseudomonas aeruginosa; Pseudomonas fluorescens;
Pseudomonas putida; Pseudomonas syringae; Pyrococcus furiosus; Ralstonia solanacearum; Rattus norvegicus;
Rhodobacter capsulatus; Rhodobacter sphaeroides; Rickettsia prowazekii; Rickettsia rickettsii;
Saccharomyces cerevisiae; Salmonella enterica; Salmonella typhi; Salmonella typhimurium;
Schistosoma japonicum;
Schistosoma mansoni; Schizosaccharomyces pombe; Serratia marcescens; Shewanella oneidensis;
Shigella dysenteriae; Shigella flexneri; Shigella sonnei; Sinorhizobium meliloti; Solanum lycopersicum;
Solanum tuberosum; Staphylococcus aureus; Staphylococcus epidermidis; Stenotrophomonas maltophilia;
Streptococcus agalactiae; Streptococcus mutans; Streptococcus pneumoniae; Streptococcus pyogenes;
Streptomyces coelicolor; Strongylocentrotus purpuratus; Sulfolobus acidocaldarius; Sulfolobus solfataricus;
Sus scrofa; Synechococcus elongatus; Tetrahymena thermophila; Thermotoga maritima; Thermus aquaticus;
Thermus thermophilus; Toxocara canis; Toxoplasma gondii; Treponema pallidum; Tribolium castaneum;
Trichinella spiralis; Trichomonas vaginalis; Triticum aestivum; Trypanosoma brucei; Trypanosoma cruzi;
Ustilago maydis; Vibrio cholerae; Vibrio fischeri; Vibrio harveyi; Vibrio parahaemolyticus;
Vibrio vulnificus; Vitis vinifera; Xanthomonas campestris; Xenopus laevis; Xenopus tropicalis;
Xylella fastidiosa; Yarrowia lipolytica; Yersinia enterocolitica; Yersinia pestis;
Yersinia pseudotuberculosis; Zea mays; Zymomonas mobilis
"""

_LAY = {
    "Homo sapiens":
        "human|man|men|woman|women|patient|child|children|infant|newborn|neonate|boy|girl|participant"
        "|people|person|volunteer|adult|adolescent|individual|subject|mankind|inpatient|outpatient"
        "|proband|toddler|baby|babies|male|female|mother|father|student|pedestrian|homo|case|control"
        "|sibling|twin|teenager|elderly|respondent|donor|hs|hsa",
    "Mus musculus": "mouse|mice|murine|mus|mm|mmu",
    "Rattus norvegicus": "rat|rn|rno|wistar|sprague dawley",
    "Oryctolagus cuniculus": "rabbit|leporine",
    "Canis lupus familiaris": "dog|canine|beagle|puppy|puppies|canis familiaris",
    "Felis catus": "cat|feline|kitten|felis domesticus",
    "Bos taurus": "bovine|cattle|cow|calf|calves|heifer|bull|steer|dairy cow|holstein",
    "Sus scrofa": "pig|porcine|swine|piglet|sow|hog|minipig|boar",
    "Ovis aries": "sheep|ovine|ewe|lamb",
    "Capra hircus": "goat|caprine",
    "Equus caballus": "horse|equine|mare|pony|ponies",
    "Equus asinus": "donkey|ass",
    "Gallus gallus": "chicken|chick|hen|broiler|fowl|rooster|poultry|gg|gga|avian|bird",
    "Coturnix japonica": "quail",
    "Meleagris gallopavo": "turkey",
    "Columba livia": "pigeon",
    "Taeniopygia guttata": "zebra finch",
    "Anas platyrhynchos": "duck|mallard",
    "Danio rerio": "zebrafish|zebra fish|dr|dre",
    "Oryzias latipes": "medaka",
    "Takifugu rubripes": "fugu|pufferfish",
    "Oncorhynchus mykiss": "rainbow trout|steelhead|steelhead trout|trout",
    "Salmo salar": "atlantic salmon|salmon",
    "Salmo trutta": "brown trout",
    "Salvelinus alpinus": "charr|arctic charr|arctic char",
    "Cyprinus carpio": "carp",
    "Carassius auratus": "goldfish",
    "Xenopus laevis": "frog|toad|xenopus|xl|xla",
    "Xenopus tropicalis": "frog|xenopus",
    "Drosophila melanogaster":
        "fruit fly|fruit flies|fruitfly|fruitflies|drosophila|fly|flies|dm|dme|drosophilae",
    "Drosophila": "fly|flies|fruit fly|fruit flies",
    "Caenorhabditis elegans": "worm|nematode|roundworm|ce|cel",
    "Nematoda": "nematode|roundworm",
    "Saccharomyces cerevisiae":
        "yeast|budding yeast|baker yeast|brewer yeast|bakers yeast|brewers yeast|sc|sce",
    "Schizosaccharomyces pombe": "fission yeast",
    "Cavia porcellus": "guinea pig|guineapig|cavia cobaya",
    "Cricetulus griseus": "hamster|chinese hamster|cho",
    "Mesocricetus auratus": "golden hamster|syrian hamster|syrian golden hamster|hamster",
    "Macaca mulatta": "monkey|rhesus monkey|rhesus|rhesus macaque|macaque",
    "Macaca fascicularis": "cynomolgus monkey|cynomolgus macaque|cynomolgus|monkey|cynomolgous monkey",
    "Chlorocebus aethiops": "african green monkey|vervet monkey|vervet",
    "Callithrix jacchus": "marmoset",
    "Papio anubis": "baboon",
    "Pan troglodytes": "chimpanzee|chimp",
    "Gorilla gorilla": "gorilla",
    "Mustela putorius furo": "ferret",
    "Neogale vison": "mink",
    "Bubalus bubalis": "buffalo|water buffalo",
    "Camelus dromedarius": "camel",
    "Elephas maximus": "elephant",
    "Loxodonta africana": "elephant|african elephant",
    "Ciona intestinalis": "ascidian|sea squirt",
    "Strongylocentrotus purpuratus": "sea urchin",
    "Apis mellifera": "honey bee|honeybee|bee",
    "Bombyx mori": "silkworm|silkmoth|silkworm moth",
    "Musca domestica": "house fly|housefly|house flies|houseflies",
    "Tribolium castaneum": "flour beetle|red flour beetle",
    "Manduca sexta": "tobacco hornworm",
    "Spodoptera frugiperda": "fall armyworm",
    "Helicoverpa armigera": "cotton bollworm",
    "Diabrotica virgifera": "western corn rootworm",
    "Penaeus monodon": "shrimp|tiger shrimp|black tiger shrimp",
    "Crassostrea gigas": "pacific oyster|oyster",
    "Mytilus edulis": "mussel|blue mussel",
    "Aplysia californica": "sea hare|aplysia",
    "Dictyostelium discoideum": "slime mold|slime mould|dictyostelium",
    "Plasmodium falciparum": "malaria parasite|plasmodium",
    "Escherichia coli": "escherichia|k 12|k12|stec|ehec|epec|etec|upec|colibacillus|coliform",
    "Salmonella enterica": "salmonella",
    "Staphylococcus aureus": "mrsa|mssa|methicillin resistant staphylococcus aureus",
    "Mycobacterium tuberculosis": "tubercle bacillus|mtb|m tb|tb",
    "Streptococcus pneumoniae": "pneumococcus|pneumococci|pneumococcal",
    "Neisseria meningitidis": "meningococcus|meningococci|meningococcal",
    "Neisseria gonorrhoeae": "gonococcus|gonococci|gonococcal",
    "Streptococcus agalactiae": "group b streptococcus|gbs|group b streptococci",
    "Streptococcus pyogenes": "group a streptococcus|gas|group a streptococci",
    "Bacillus thuringiensis": "bt",
    "Bacillus anthracis": "anthrax",
    "Thermus aquaticus": "taq",
    "Mycoplasma": "mycoplasma",
    "Arabidopsis thaliana": "arabidopsis|thale cress",
    "Oryza sativa": "rice",
    "Zea mays": "maize|corn",
    "Zea mays subsp. mays": "corn",
    "Triticum aestivum": "wheat|bread wheat",
    "Hordeum vulgare": "barley",
    "Hordeum vulgare subsp. vulgare": "barley",
    "Sorghum bicolor": "sorghum",
    "Nicotiana tabacum": "tobacco",
    "Solanum lycopersicum": "tomato|tomatoes",
    "Solanum tuberosum": "potato|potatoes",
    "Glycine max": "soybean|soya bean|soya|soy",
    "Pisum sativum": "pea|garden pea",
    "Brassica napus": "rapeseed|oilseed rape|canola",
    "Brassica oleracea": "cabbage|broccoli|cauliflower|kale",
    "Brassica rapa": "chinese cabbage|turnip",
    "Saccharum officinarum": "sugarcane|sugar cane",
    "Saccharum hybrid cultivar": "sugarcane|sugar cane",
    "Beta vulgaris": "beet|sugar beet",
    "Lactuca sativa": "lettuce",
    "Spinacia oleracea": "spinach",
    "Musa acuminata": "banana",
    "Malus domestica": "apple",
    "Vitis vinifera": "grapevine|grape",
    "Citrus sinensis": "orange|sweet orange",
    "Gossypium hirsutum": "cotton|upland cotton",
    "Helianthus annuus": "sunflower",
    "Medicago sativa": "alfalfa|lucerne",
    "Arachis hypogaea": "peanut|groundnut",
    "Zingiber officinale": "ginger",
    "Camellia sinensis": "tea",
    "Coffea arabica": "coffee",
    "Theobroma cacao": "cocoa|cacao",
    "Cannabis sativa": "cannabis|marijuana|hemp",
    "Papaver somniferum": "opium poppy",
    "Matricaria chamomilla": "chamomile|german chamomile",
    "Laurus nobilis": "bay leaf|bayleaf|laurel",
    "Echinacea purpurea": "echinacea",
    "Ginkgo biloba": "ginkgo",
    "Panax ginseng": "ginseng",
    "Aloe vera": "aloe",
    "Pinus": "pine",
    "Acer": "maple",
    "Quercus robur": "oak",
    "Fungi": "fungal|fungus|fungi|mould|mold",
    "Bacteria": "bacterial|bacterium|bacteria|eubacteria",
    "Archaea": "archaeal|archaebacteria",
    "Viridiplantae": "plant|green plant",
    "Embryophyta": "plant|land plant",
    "Insecta": "insect",
    "Hexapoda": "insect",
    "Aves": "avian|bird",
    "Mammalia": "mammalian|mammal",
    "Vertebrata": "vertebrate",
    "Rodentia": "rodent",
    "Primates": "primate|nonhuman primate|non human primate",
    "Sciuridae": "squirrel",
    "Canis lupus": "canine|wolf",
    "Canidae": "canine",
    "Bovinae": "bovine",
    "Tunicata": "urochordate|tunicate",
    "Lepidoptera": "moth|butterfly|butterflies",
    "Culicidae": "mosquito|mosquitoes",
    "Vibrio cholerae": "cholera",
    "Ustilago maydis": "corn smut",
}  # fmt: skip

HOMONYM_HEADS = frozenset({
    "apple", "ass", "bacteria", "bacterium", "bee", "beet", "beetle", "bird", "bt", "buffalo",
    "bull", "butterfly", "carp", "case", "cat", "cholera", "control", "corn", "cotton", "dr",
    "duck", "elephant", "flies", "fly", "fowl", "frog", "fungi", "fungus", "gas", "ginger", "grape",
    "hamster", "insect", "k12", "maple", "mold", "monkey", "mosquito", "moth", "mould", "mussel",
    "nematode", "oak", "orange", "oyster", "pea", "pigeon", "pine", "plant", "quail",
    "salmon", "shrimp", "squirrel", "tea", "toad", "trout", "turkey", "virus", "worm",
})  # fmt: skip
"""Words of `LAY` that behind another word often name another organism ("hook worm", "crane fly")."""

ENGLISH = frozenset({
    "africans", "agenda", "album", "all", "allergens", "alpha", "also", "although", "americans",
    "an", "analyses", "analysis", "and", "androgens", "anemia", "antigens", "anxious", "apoptosis",
    "apparatus", "are", "area", "arthritis", "autumn", "axis", "bacteria", "basis", "beta", "both",
    "but", "calcium", "cell", "cells", "cerebellum", "cirrhosis", "cis", "column", "consensus",
    "continuous", "crisis", "criteria", "crystal", "cutaneous", "dangerous", "data", "datum",
    "delta", "dementia", "dermatitis", "diagnosis", "each", "emphasis", "endogenous", "endothelium",
    "epithelium", "equilibrium", "estrogens", "europeans", "exogenous", "extra", "fauna",
    "fibrosis", "flora", "focus", "for", "formula", "forum", "from", "fungus", "gamma", "gene",
    "genera", "genes", "genus", "group", "has", "hepatitis", "here", "heterogeneous", "his",
    "homeostasis", "homogeneous", "homologous", "however", "human", "humans", "hypertension",
    "hypothesis", "hypoxia", "idea", "in", "infectious", "into", "intra", "intravenous",
    "ischaemia", "ischemia", "isolate", "isolates", "its", "kappa", "kinesis", "lambda", "larva",
    "larvae", "leukemia", "like", "lithium", "locus", "magnesium", "malaria", "many", "maximum",
    "means", "media", "medium", "meiosis", "meningitis", "metastasis", "minimum", "mitosis",
    "momentum", "moreover", "most", "mouse", "mucous", "museum", "necrosis", "nervous", "not",
    "nucleus", "numerous", "obvious", "other", "our", "paralysis", "pathogens", "phenomena",
    "plants", "plasma", "platform", "plus", "pneumonia", "porous", "potassium", "premium",
    "previous", "prognosis", "protein", "quantum", "rat", "schema", "sclerosis", "sepsis",
    "serious", "serum", "sigma", "simultaneous", "since", "sodium", "some", "species", "specimens",
    "spectrum", "spontaneous", "spp", "status", "stimulus", "strain", "strains", "such",
    "synthesis", "than", "that", "the", "their", "these", "thesis", "this", "those", "three",
    "thus", "tissue", "trans", "tuberculosis", "two", "ultra", "unlike", "using", "various",
    "venous", "versus", "via", "virus", "viruses", "was", "we", "were", "when", "which", "while",
    "whose", "with",
})  # fmt: skip
"""Words that end as epithets do, or follow a capitalised word, and are none."""


def _table(names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for standard, forms in names.items():
        for form in forms.split("|"):
            table[form] = (*table.get(form, ()), standard)
    return table


LAY: Mapping[str, tuple[str, ...]] = MappingProxyType({**_table(GROUPS), **_table(_LAY)})
"""Lay words, adjectives and codes, normalised -> scientific names; plurals in -s are not listed."""


def _known() -> dict[tuple[str, str], str]:
    names = [" ".join(name.split()) for name in _BINOMIALS.split(";")]
    return {(name[0], name.split(" ", 1)[1]): name for name in reversed(names)}


KNOWN: Mapping[tuple[str, str], str] = MappingProxyType(_known())
"""(initial, epithet) -> binomial; the first in the list where two share both."""
